// Package findingtest is for tests only: the behaviour that every finding.Store
// must have.
package findingtest

import (
	"testing"

	"why403/pkg/finding"
)

// RunStore runs the suite. Each test opens a store of its own, which must be
// empty.
func RunStore(t *testing.T, open func(t *testing.T) finding.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s finding.Store)
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
		{"a change of status says who, why and until when", testStatusChange},
		{"a status of an unknown finding", testStatusUnknown},
		{"a suppression that is over opens the finding", testSuppressionEnds},
		{"one of those who tell of a finding has the right to", testClaim},
		{"one of those who claim at once has it", testClaimConcurrent},
		{"the case is that of the diagnosis that stands", testCase},
		{"a better diagnosis counts nothing", testRediagnose},
		{"several causes in one batch", testCauses},
		{"samples and prefixes are bounded", testBounded},
		{"a filter chooses", testFilter},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}
