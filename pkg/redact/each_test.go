//go:build !race

package redact_test

// each is how many cases there are to one that is tried; -whole tries all of
// them, in a minute or two.
const each = 10
