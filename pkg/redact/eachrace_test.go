//go:build race

package redact_test

// each is how many cases there are to one that is tried: under the race detector all of
// them take minutes.
const each = 20
