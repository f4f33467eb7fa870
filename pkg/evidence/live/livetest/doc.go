// Package livetest is for tests: an AWS made of evidence. It answers the calls of the
// real SDK in the process, behind serialisation and signing, with what a case says that
// AWS would.
package livetest
