//go:build !race

package live_test

// each is how many cases there are to one that is tried: all of them.
const each = 1
