package finding_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

func role(id, arn string) evidence.Principal {
	return evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: id, ARN: arn, Session: "job-1"}
}

func read(bucket string, p evidence.Principal) trail.Denial {
	return trail.Denial{Operation: "GetObject", Bucket: bucket, Key: "k", Recipient: "222222222222", Principal: p,
		Authorizations: []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + bucket + "/k"}}}
}

// TestKey holds what makes two denials one finding.
func TestKey(t *testing.T) {
	app := role("AROAEXAMPLEAPP", "arn:aws:iam::111111111111:role/team/app")
	base := read("acme-data", app)
	with := func(change func(d *trail.Denial)) trail.Denial {
		d := base
		change(&d)
		return d
	}
	for _, tt := range []struct {
		name  string
		other trail.Denial
		same  bool
	}{
		{"another session of the role", with(func(d *trail.Denial) { d.Principal.Session = "job-2" }), true},
		{"the bucket owner's copy, which has no ARN", with(func(d *trail.Denial) { d.Principal.ARN = "" }), true},
		{"another object", with(func(d *trail.Denial) { d.Key = "other" }), true},
		{"another call of the class", with(func(d *trail.Denial) { d.Operation = "HeadObject" }), true},
		{"another account's copy", with(func(d *trail.Denial) { d.Recipient = "111111111111" }), true},
		{"another role", with(func(d *trail.Denial) { d.Principal.ID = "AROAEXAMPLEOTHER" }), false},
		{"another bucket", with(func(d *trail.Denial) { d.Bucket = "acme-logs" }), false},
		{"another class", with(func(d *trail.Denial) {
			d.Operation = "PutObject"
			d.Authorizations = []evidence.Authorization{{Action: "s3:PutObject"}}
		}), false},
		{"nobody", with(func(d *trail.Denial) { d.Principal = evidence.Principal{Type: evidence.PrincipalAnonymous} }), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := finding.KeyOf(tt.other) == finding.KeyOf(base); got != tt.same {
				t.Errorf("same finding: %v, want %v: %+v and %+v", got, tt.same, finding.KeyOf(base), finding.KeyOf(tt.other))
			}
		})
	}
}

// TestRequesters holds that every kind of requester has a key of its own, and
// that none is empty.
func TestRequesters(t *testing.T) {
	seen := map[string]string{}
	for name, p := range map[string]evidence.Principal{
		"role":           role("AROAEXAMPLEAPP", ""),
		"role by ARN":    role("", "arn:aws:iam::111111111111:role/app"),
		"root":           {Type: evidence.PrincipalRoot, Account: "111111111111"},
		"federated user": {Type: evidence.PrincipalFederated, Account: "111111111111", Session: "ann"},
		"service":        {Type: evidence.PrincipalService, Service: "config.amazonaws.com"},
		"anonymous":      {Type: evidence.PrincipalAnonymous},
		"account":        {Type: evidence.PrincipalAccount, Account: "333333333333", ID: "AIDAEXAMPLE"},
	} {
		key := finding.KeyOf(read("b", p)).Requester
		if key == "" || seen[key] != "" {
			t.Errorf("%s has the key %q, as has %q", name, key, seen[key])
		}
		seen[key] = name
	}
}

// TestPlaces holds where a denial without a bucket belongs.
func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    trail.Denial
		want string
	}{
		{"bucket", trail.Denial{Bucket: "b", VPCEndpointID: "vpce-1"}, "b"},
		{"access point", trail.Denial{AccessPoint: "arn:aws:s3:us-east-1:111111111111:accesspoint/ap"}, "arn:aws:s3:us-east-1:111111111111:accesspoint/ap"},
		{"alias", trail.Denial{AccessPointAlias: "ap-x-s3alias"}, "ap-x-s3alias"},
		{"endpoint", trail.Denial{VPCEndpointID: "vpce-1"}, "vpce-1"},
		{"another resource", trail.Denial{Authorizations: []evidence.Authorization{{Resource: "arn:aws:s3:us-east-1:111111111111:job/1"}}}, "arn:aws:s3:us-east-1:111111111111:job/1"},
		{"an account", trail.Denial{Recipient: "111111111111", Authorizations: []evidence.Authorization{{Resource: "*"}}}, "account 111111111111"},
	} {
		if got := finding.KeyOf(tt.d).Place; got != tt.want {
			t.Errorf("%s: place %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestID(t *testing.T) {
	id := finding.KeyOf(read("acme-data", role("AROAEXAMPLEAPP", ""))).ID()
	if len(id) != 8 || strings.Trim(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		t.Errorf("id %q: want eight characters without I, L, O and U", id)
	}
	// Ids are stored: they must never change.
	if id != "1SYK3HVK" {
		t.Errorf("id %q changed", id)
	}
}

func occurrence(id string, minute int, x diagnosis.Diagnosis) finding.Occurrence {
	d := read("acme-data", role("AROAEXAMPLEAPP", "arn:aws:iam::111111111111:role/team/app"))
	x.Format = diagnosis.Format
	x.Denial.Principal = d.Principal
	return finding.Occurrence{ID: id, Key: finding.KeyOf(d), Time: time.Date(2026, 11, 23, 9, minute, 0, 0, time.UTC), ObjectKey: "k" + id, Diagnosis: x}
}

func because(id diagnosis.CauseID) diagnosis.Diagnosis {
	return diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: &diagnosis.Cause{ID: id}}
}

func TestApply(t *testing.T) {
	unknown := diagnosis.Diagnosis{Outcome: diagnosis.Undetermined}
	f := finding.Finding{}.Apply([]finding.Occurrence{
		occurrence("a", 5, because(diagnosis.IdentityNoAllow)),
		occurrence("b", 3, because(diagnosis.SCP)), // arrives late
		occurrence("c", 7, unknown),
	})
	if f.Count != 3 || f.FirstSeen.Minute() != 3 || f.LastSeen.Minute() != 7 || f.Status != finding.Open {
		t.Errorf("count %d, from %v to %v, %s", f.Count, f.FirstSeen, f.LastSeen, f.Status)
	}
	if f.Cause() != string(diagnosis.IdentityNoAllow) {
		t.Errorf("cause %s: an undetermined occurrence hides an explained one, or a late one a newer", f.Cause())
	}
	if f.Title != "IAM policy: app, read on acme-data" {
		t.Errorf("title %q", f.Title)
	}
	var causes []string
	for _, c := range f.Causes {
		causes = append(causes, c.Cause)
	}
	if !slices.Equal(causes, []string{"IDENTITY_NO_ALLOW", "SCP", finding.Undetermined}) {
		t.Errorf("causes %v", causes)
	}
	if next := f.Apply([]finding.Occurrence{occurrence("d", 8, because(diagnosis.SCP))}); next.Cause() != "SCP" || f.Cause() != "IDENTITY_NO_ALLOW" || f.Causes[1].Count != 1 {
		t.Errorf("next cause %s; the finding it was made of has changed: %s, %+v", next.Cause(), f.Cause(), f.Causes)
	}
}

func TestApplyKeepsStatus(t *testing.T) {
	for _, tt := range []struct {
		before, after finding.Status
		forgets       bool // what was announced
	}{
		{finding.Open, finding.Open, false},
		{finding.Acknowledged, finding.Acknowledged, false},
		{finding.Suppressed, finding.Suppressed, false},
		{finding.Resolved, finding.Open, true},
	} {
		f := finding.Finding{}.Apply([]finding.Occurrence{occurrence("a", 1, because(diagnosis.SCP))})
		f.Status, f.Announced = tt.before, []string{"SCP"}
		f = f.Apply([]finding.Occurrence{occurrence("b", 2, because(diagnosis.SCP))})
		if f.Status != tt.after || (len(f.Announced) == 0) != tt.forgets {
			t.Errorf("%s became %s, announced %v", tt.before, f.Status, f.Announced)
		}
	}
}

func TestApplyBoundsKeys(t *testing.T) {
	var f finding.Finding
	for i := range 50 {
		o := occurrence("x", 1, because(diagnosis.SCP))
		o.ObjectKey = strings.Repeat("k", i+1)
		f = f.Apply([]finding.Occurrence{o})
	}
	if len(f.Keys) != finding.MaxKeys || f.Count != 50 {
		t.Errorf("%d keys of %d occurrences", len(f.Keys), f.Count)
	}
}

func TestPick(t *testing.T) {
	all := []finding.Finding{{ID: "7F3K2M9Q"}, {ID: "7F3K2M00"}, {ID: "ZZ000000"}}
	for _, tt := range []struct{ id, want, err string }{
		{"7F3K2M9Q", "7F3K2M9Q", ""},
		{" 7f3k2m9q ", "7F3K2M9Q", ""},
		{"zz", "ZZ000000", ""},
		{"7F3K", "", "beginning of 2 findings"},
		{"AAAA", "", "no such finding"},
		{"", "", "no such finding"},
	} {
		f, err := finding.Pick(all, tt.id)
		if f.ID != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %q, %v", tt.id, f.ID, err)
		}
	}
	if _, err := finding.Pick(all, "AAAA"); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("error %v is not ErrNotFound", err)
	}
}
