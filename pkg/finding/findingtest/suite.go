// Package findingtest is for tests only: the behaviour that every finding.Store
// must have.
package findingtest

import (
	"context"
	"testing"

	"why403/pkg/finding"
)

// Store is a store under test.
type Store interface {
	finding.Store
	// SetStatus does what a person does who sets the status of a finding.
	SetStatus(ctx context.Context, id string, status finding.Status) error
}

// RunStore runs the suite. Each test opens a store of its own, which must be
// empty.
func RunStore(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s Store)
	}{
		{"nothing to record", testNothing},
		{"a new finding", testNew},
		{"a copy in the same batch counts once", testDuplicateWithin},
		{"a copy in a later batch counts once", testDuplicateAcross},
		{"occurrences without id all count", testWithoutID},
		{"one event can be of two findings", testEventOfTwoFindings},
		{"a large batch, delivered again with more", testLargeBatch},
		{"concurrent batches lose nothing", testConcurrent},
		{"causes announced are kept", testAnnounced},
		{"announced of an unknown finding", testAnnouncedUnknown},
		{"get takes an id in any case", testGetAnyCase},
		{"get of an unknown finding", testGetUnknown},
		{"list has the one seen last first", testList},
		{"a resolved finding that happens again is open", testReopened},
		{"a resolved finding stays so for copies", testResolvedStays},
		{"a status that a person set survives", testStatusSurvives},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}
