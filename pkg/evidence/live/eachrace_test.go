//go:build race

package live_test

// each is how many cases there are to one that is tried: under the race detector all of
// them take minutes.
const each = 4
