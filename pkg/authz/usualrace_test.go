//go:build race

package authz_test

// usualRounds is fewer under the race detector, which takes ten times as long.
const usualRounds = 150
