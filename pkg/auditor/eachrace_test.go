//go:build race

package auditor_test

// memoryEvents are the events of half a run: fewer where the race detector makes each slow.
const memoryEvents = 2_000
