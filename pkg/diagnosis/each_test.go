//go:build !race

package diagnosis_test

// each is how many of the tries of slow tests there are to one that is made: all of them.
const each = 1
