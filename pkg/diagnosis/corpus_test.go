package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"why403/pkg/diagnosis"
)

// TestCorpus diagnoses the cases in testdata/cases; testdata/cases/README.md describes
// their form.
func TestCorpus(t *testing.T) {
	for _, c := range readCorpus(t) {
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			x := c.diagnose(t)
			c.expect(t, x)
			if t.Failed() {
				t.Logf("%s\n%s", c.Place, dump(x))
			}
		})
	}
}

// TestCorpusIsComplete: no case asks what another one asks, each says what would be
// wrong, and every cause has cases that have it, that nearly have it, and that cannot
// tell.
func TestCorpusIsComplete(t *testing.T) {
	cases := readCorpus(t)
	const least = 200
	if len(cases) < least {
		t.Errorf("%d cases, want %d", len(cases), least)
	}
	has, near, unread := map[string]int{}, map[string]int{}, map[string]int{}
	topics, seen := map[string]int{}, map[string]string{}
	for _, c := range cases {
		topics[c.Topic]++
		if c.Get("wrong") == "" || c.Get("page") == "" {
			t.Errorf("%s: %q does not say what is wrong, or no page says it", c.Place, c.Name)
		}
		for _, want := range append(list(c.Get("contributing")), c.Get("cause")) {
			for _, word := range strings.Fields(want) {
				has[word]++
			}
		}
		for _, id := range list(c.Get("near")) {
			near[id]++
		}
		for _, id := range list(c.Get("unread")) {
			unread[id]++
		}
		if before, ok := seen[c.Normal()]; ok {
			t.Errorf("%s: %q asks what %s asks", c.Place, c.Name, before)
		}
		seen[c.Normal()] = c.Place
	}
	for _, info := range diagnosis.Causes() {
		id := string(info.ID)
		if has[id] == 0 || near[id] == 0 || unread[id] == 0 && !onlyByCode(info.ID) {
			t.Errorf("%s: %d cases have it, %d nearly, %d unread", id, has[id], near[id], unread[id])
		}
	}
	t.Logf("%d cases, by topic: %v", len(cases), topics)
}

// TestCorpusIsValid: every diagnosis is valid, and no step opens what none may.
func TestCorpusIsValid(t *testing.T) {
	valid := schema(t)
	never := regexp.MustCompile(`"Action":"(s3:\*|kms:\*|\*)"|put-public-access-block|delete-(bucket|key|policy)`)
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := valid.Validate(doc); err != nil {
			t.Errorf("%s: %v", c.Place, err)
		}
		for _, s := range x.Remedy.Steps {
			if s.Kind == "add-statement" {
				if m := never.FindString(string(s.Patch)); m != "" {
					t.Errorf("%s: %s in %s", c.Place, m, s.Patch)
				}
			}
		}
	}
}

// onlyByCode reports whether a cause shows in AWS's error code or message alone, so
// that there is nothing to read.
func onlyByCode(id diagnosis.CauseID) bool {
	switch id {
	case diagnosis.Credentials, diagnosis.AccountOrBucketDisabled, diagnosis.ObjectArchived, diagnosis.CrossRegionLogging, diagnosis.AccessGrantsScope:
		return true
	default:
		return false
	}
}
