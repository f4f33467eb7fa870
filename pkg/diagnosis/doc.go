// Package diagnosis says why S3 refused a request, who must act, and what to
// change: from AWS's own message and from the evidence that was read.
//
// A cause is confirmed only where AWS's message or known evidence proves it, and
// likely only by elimination. What is merely possible is open, with what would
// have to be read, and where, to settle it.
//
// The package is pure: it reads values and returns values.
package diagnosis
