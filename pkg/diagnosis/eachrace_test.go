//go:build race

package diagnosis_test

// each is how many of the tries of slow tests there are to one that is made: under the
// race detector all of them take many minutes, and there is little to race.
const each = 5
