//go:build !race

package authz_test

// usualRounds is how many samples each property is tried on.
const usualRounds = 1500
