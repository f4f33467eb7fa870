package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// TestConfirmedIsKnown: nothing is confirmed whose check is unknown, unless AWS says it.
func TestConfirmedIsKnown(t *testing.T) {
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		for i, cause := range append([]diagnosis.Cause{deref(x.Cause)}, x.Contributing...) {
			if cause.Confidence != diagnosis.Confirmed {
				continue
			}
			told := i == 0 && (x.Message != nil || x.Denial.ErrorMessage != "" || x.Denial.ErrorCode != "AccessDenied")
			blocks := slices.ContainsFunc(x.Checks, func(check diagnosis.Check) bool {
				return check.Blocks == "yes" && check.Verdict != diagnosis.Unknown && slices.ContainsFunc(cause.Because, func(r diagnosis.Reason) bool { return r.Layer == check.Layer })
			})
			if !told && !blocks {
				t.Errorf("%s: %s is confirmed, and no known check refuses:\n%s", c.Place, cause.ID, dump(x))
			}
		}
	}
}

// TestSameAgain: a case has one diagnosis, and its JSON holds all of it.
func TestSameAgain(t *testing.T) {
	for i, c := range readCorpus(t) {
		if i%each != 0 {
			continue
		}
		one, err := json.Marshal(c.diagnose(t))
		if err != nil {
			t.Fatal(err)
		}
		two, err := json.Marshal(c.again(t))
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: two diagnoses of one case: %v\n%s\n%s", c.Place, err, one, two)
		}
		var back diagnosis.Diagnosis
		d := json.NewDecoder(bytes.NewReader(one))
		d.DisallowUnknownFields()
		if err := d.Decode(&back); err != nil {
			t.Errorf("%s: %v", c.Place, err)
			continue
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(one, again) {
			t.Errorf("%s: not the same after it was read: %v\n%s\n%s", c.Place, err, one, again)
		}
		if x := c.diagnose(t); dump(back) != dump(x) {
			t.Errorf("%s: the JSON lacks something", c.Place)
		}
	}
}

// TestNeverProposed: no step opens anything to everybody, lets everything be done, takes
// a protection down or deletes a Deny.
func TestNeverProposed(t *testing.T) {
	never := regexp.MustCompile(`(?i)put-public-access-block|delete-|detach-|FullAWSAccess|BlockPublicA|RestrictPublicBuckets.{0,4}false|block_public|restrict_public`)
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		for _, s := range x.Remedy.Steps {
			text := string(s.Patch) + strings.Join(s.Commands, "\n") + s.Terraform
			for _, line := range strings.Split(s.Diff, "\n") {
				if strings.HasPrefix(line, "+") {
					text += line + "\n"
				}
			}
			if m := never.FindString(text); m != "" {
				t.Errorf("%s: %q in a step:\n%s", c.Place, m, text)
			}
			if s.Kind != "add-statement" && s.Kind != "replace-statement" {
				continue
			}
			for _, st := range statementsOf(t, s.Patch) {
				if why := tooWide(s, st); why != "" {
					t.Errorf("%s: %s: %v", c.Place, why, s.Patch)
				}
			}
		}
	}
}

func statementsOf(t *testing.T, patch json.RawMessage) []map[string]any {
	t.Helper()
	if len(patch) == 0 {
		return nil
	}
	var one map[string]any
	if err := json.Unmarshal(patch, &one); err != nil {
		t.Fatal(err)
	}
	list, ok := one["Statement"].([]any)
	if !ok {
		return []map[string]any{one}
	}
	var all []map[string]any
	for _, s := range list {
		if s, ok := s.(map[string]any); ok {
			all = append(all, s)
		}
	}
	return all
}

// tooWide says what a proposed statement lets through that none may.
func tooWide(s diagnosis.Step, st map[string]any) string {
	if st["Effect"] != "Allow" {
		return ""
	}
	condition, err := json.Marshal(st["Condition"])
	if err != nil {
		return err.Error()
	}
	everybody := st["Principal"] == "*"
	if p, ok := st["Principal"].(map[string]any); ok {
		everybody = p["AWS"] == "*"
	}
	limited := regexp.MustCompile(`"(ArnEquals|StringEquals)":\{[^}]*"(aws:PrincipalArn|s3:DataAccessPointAccount|aws:PrincipalOrgID|aws:PrincipalAccount|aws:SourceAccount)"`)
	switch {
	case everybody && !limited.Match(condition):
		return "everybody"
	case s.Kind != "add-statement":
		return "" // what it lets be done is the statement's own
	}
	for _, action := range flat(st["Action"]) {
		if strings.Contains(action, "*") {
			return "the action " + action
		}
		onKey := strings.HasPrefix(action, "kms:") && st["Principal"] != nil
		if slices.Contains(flat(st["Resource"]), "*") && !onKey && !strings.HasPrefix(action, "s3:ListAll") && !strings.Contains(action, "Account") {
			return "every resource"
		}
	}
	return ""
}

func flat(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, flat(one)...)
		}
		return all
	}
	return nil
}

// changed is the evidence of a case with the steps made to it by what the reader of the
// diagnosis sees of them; false where a step cannot be made this way.
func changed(t *testing.T, x diagnosis.Diagnosis, d trail.Denial, e evidence.Evidence, q *authz.Request) (evidence.Evidence, bool) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out evidence.Evidence
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range x.Remedy.Steps {
		switch s.Kind {
		case "add-statement", "replace-statement":
			if !changePolicy(s, x, d, &out) {
				return out, false
			}
		case "request":
			var headers map[string]*string
			if json.Unmarshal(s.Patch, &headers) != nil {
				return out, false
			}
			for name, value := range headers {
				switch {
				case name == "x-amz-request-payer":
					name = authz.HeaderRequestPayer
				case name == "x-amz-expected-bucket-owner":
					name = authz.HeaderExpectedOwner
				case name == "x-amz-bypass-governance-retention":
					name = authz.HeaderBypassGovernance
				case strings.HasPrefix(name, "x-amz-"):
					name = "s3:" + name
				}
				if value == nil {
					q.Context.SetAbsent(name)
					continue
				}
				q.Context.Set(name, *value)
				if strings.EqualFold(name, "aws:SourceVpce") || strings.EqualFold(name, "aws:SourceVpc") {
					q.Context.SetAbsent("aws:SourceIp")
				}
				if strings.EqualFold(name, "aws:SourceVpc") {
					q.Context.SetUnknown("aws:SourceVpce") // of which endpoint, the step does not say
				}
			}
		default:
			return out, false
		}
	}
	return out, true
}

// changePolicy puts the document of a step where the cause that it removes stands.
func changePolicy(s diagnosis.Step, x diagnosis.Diagnosis, d trail.Denial, e *evidence.Evidence) bool {
	i := slices.IndexFunc(append([]diagnosis.Cause{*x.Cause}, x.Contributing...), func(c diagnosis.Cause) bool { return c.ID == s.Cause && c.Account == s.Account })
	if i < 0 || len(s.Document) == 0 || s.Account == "" {
		return false
	}
	cause := append([]diagnosis.Cause{*x.Cause}, x.Contributing...)[i]
	info, _ := diagnosis.Info(s.Cause)
	layer := info.Layer
	if len(cause.Because) > 0 && cause.Because[0].Policy != "" {
		layer = cause.Because[0].Layer
	}
	switch layer {
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock:
		name, _, _ := strings.Cut(strings.TrimPrefix(s.Target, "arn:aws:s3:::"), "/")
		b, ok := e.Buckets[name]
		if !ok {
			return false
		}
		b.Policy = evidence.Known(s.Document)
		b.PolicyStatus = evidence.Read[evidence.PolicyStatus]{} // S3 says anew whether it is public
		e.Buckets[name] = b
	case evidence.LayerKeyPolicy:
		k, ok := e.Keys[s.Target]
		if !ok {
			return false
		}
		k.Policy = evidence.Known(s.Document)
		e.Keys[s.Target] = k
	case evidence.LayerIdentity:
		p, ok := e.Principals[d.Principal.ARN]
		list, known := p.Policies.Value()
		if !ok || !known && p.Policies.Unknown() {
			return false
		}
		if s.Kind == "add-statement" {
			list = append(slices.Clone(list), evidence.Policy{Name: "added", Document: s.Document})
		} else {
			at := slices.IndexFunc(list, func(q evidence.Policy) bool { return len(cause.Because) > 0 && q.Name == cause.Because[0].Policy })
			if at < 0 {
				return false
			}
			list = slices.Clone(list)
			list[at].Document = s.Document
		}
		p.Policies = evidence.Known(list)
		e.Principals[d.Principal.ARN] = p
	case evidence.LayerBoundary:
		p, ok := e.Principals[d.Principal.ARN]
		v, known := p.Boundary.Value()
		if !ok || !known {
			return false
		}
		v.Document = s.Document
		p.Boundary = evidence.Known(v)
		e.Principals[d.Principal.ARN] = p
	default:
		return false
	}
	return true
}

// TestVerifiedAgain decides again what a remedy is said to achieve, with its documents
// put into the case as a reader would.
func TestVerifiedAgain(t *testing.T) {
	tried := 0
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		if x.Cause == nil || len(x.Remedy.Steps) == 0 {
			continue
		}
		d, e := c.denial(t)
		q := diagnosis.Question(d)
		after, ok := changed(t, x, d, e, q)
		if !ok {
			continue
		}
		tried++
		got := authz.Decide(q, authz.Compile(after)).Allowed
		if x.Remedy.Verified && got != policy.Yes {
			t.Errorf("%s: said to be verified, and is %v:\n%s", c.Place, got, dump(x))
		}
		if !x.Remedy.Verified && got == policy.Yes {
			t.Errorf("%s: passes, and is not said to be verified:\n%s", c.Place, dump(x))
		}
		if strings.Contains(x.Remedy.Because, "still unknown") && got != policy.Unknown {
			t.Errorf("%s: said to be left unknown, and is %v", c.Place, got)
		}
	}
	if tried < 60 {
		t.Errorf("only %d remedies were tried", tried)
	}
	t.Logf("%d remedies", tried)
}
