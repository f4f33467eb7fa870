//go:build !race

package auditor_test

// memoryEvents are the events of half a run.
const memoryEvents = 10_000
