package authz_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// FuzzDecide: whatever a case file says, a decision is made of it; everything that it
// says can be asked for; and the same file gives the same decision.
func FuzzDecide(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add([]byte(c.JSON(f)))
	}
	for round := range uint64(100) {
		g := newGenerator(*seed, round)
		s := g.sample()
		if round%2 == 0 {
			w := walk{forget: forgetting(round, 0.1)}
			s = w.sample(s)
		}
		for i := range s.asks {
			text, err := json.Marshal(s.asks[i].caseOf(s.evidence))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return
		}
		if c.Request == nil { // an event: the evidence is asked for something all the same
			c.Request = &evidence.Request{Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/app", PathUnknown: true}, Action: "s3:GetObject", Resource: objectARN}
		}
		once, again := tellAll(authz.Decide(requestOf(c), authz.Compile(c.Evidence))), tellAll(authz.Decide(requestOf(c), authz.Compile(c.Evidence)))
		if !reflect.DeepEqual(once, again) {
			t.Fatal(cmp.Diff(once, again))
		}
		for _, check := range once.Checks {
			if check.Blocks == policy.Yes && len(check.Reasons) == 0 {
				t.Errorf("%s does not say why it refuses", check.Layer)
			}
			for _, r := range check.Reasons {
				_ = r.String()
			}
			for _, n := range check.Needs {
				_ = n.String()
			}
		}
	})
}

// caseOf writes a request and the evidence as a case file has them.
func (a *ask) caseOf(e evidence.Evidence) evidence.Case {
	c := evidence.Case{Format: evidence.CaseFormat, Evidence: e, Context: map[string]evidence.Values{}, Request: &evidence.Request{
		Principal: a.Principal, ContextComplete: a.complete, Operation: a.Operation, Document: a.Document, VersionID: a.VersionID,
	}}
	for _, x := range a.Authorizations {
		c.Request.Authorizations = append(c.Request.Authorizations, evidence.RequestAuthorization{Action: x.Action, Resource: x.Resource, ResourceAccount: x.Account})
	}
	for key, v := range a.keys {
		if v.State == policy.Present {
			c.Context[key] = v.Values
		}
	}
	return c
}
