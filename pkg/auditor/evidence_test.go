package auditor_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// shelf is evidence of which some is old.
type shelf struct {
	old, fresh evidence.Evidence
	asked      []bool // fresh or not
}

func (s *shelf) Evidence(_ context.Context, _ trail.Denial, _ *authz.Request, fresh bool) (*authz.Evidence, bool) {
	s.asked = append(s.asked, fresh)
	if fresh {
		return authz.Compile(s.fresh), false
	}
	return authz.Compile(s.old), true
}

// TestDoubtfulEvidence: what was kept from before and does not fit what AWS says is read
// once more before it is believed.
func TestDoubtfulEvidence(t *testing.T) {
	policies := func(doc string) evidence.Evidence {
		return evidence.Evidence{Principals: map[string]evidence.Identity{"arn:aws:iam::111111111111:user/ann": {
			Policies: evidence.Known([]evidence.Policy{{Name: "p", Document: json.RawMessage(doc)}}), Boundary: evidence.Absent[evidence.Policy]("none"),
		}}}
	}
	allows := policies(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/*"}]}`)
	denies := policies(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/*"}]}`)
	tests := []struct {
		name       string
		old, fresh evidence.Evidence
		asked      int
		agrees     bool
	}{
		{"it fits", denies, allows, 1, true},
		{"it was read before the change", allows, denies, 2, true},
		{"it was changed since", allows, allows, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{old: tt.old, fresh: tt.fresh}
			got, err := auditor.Diagnoser{Evidence: s}.Diagnose(t.Context(), record("ann", "e1", 1, strings.Replace(scpDeny("ann"), "a service control policy", "an identity-based policy", 1)))
			if err != nil {
				t.Fatal(err)
			}
			if len(s.asked) != tt.asked {
				t.Errorf("asked %v, want %d times", s.asked, tt.asked)
			}
			m := got.Diagnosis.Message
			if m == nil || m.Agrees == nil || *m.Agrees != tt.agrees {
				t.Errorf("message %+v, want agrees %t", m, tt.agrees)
			}
			if got.Diagnosis.Outcome != diagnosis.Explained {
				t.Errorf("outcome %s", got.Diagnosis.Outcome)
			}
		})
	}
}
