package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestEvent(t *testing.T) {
	m := Compose(severalBlockers(t), NewFinding, noon, options(), Facts{})
	e := m.Event
	if e.Format != EventFormat || e.ID != m.FindingID || e.Reason != NewFinding || e.Subject != m.Subject || !e.Time.Equal(noon) || e.Finding == nil || e.Commands == nil {
		t.Errorf("got %+v", e)
	}
	if want := []Actor{{Account: "111111111111", Name: "analytics"}, {Account: "222222222222", Name: "data lake"}}; cmp.Diff(want, e.Actors) != "" {
		t.Errorf("actors %+v, want %+v", e.Actors, want)
	}
	if _, stranger := e.Accounts["999999999999"]; stranger || len(e.Accounts) == 0 {
		t.Errorf("accounts %v: those of the finding, and no others", e.Accounts)
	}
}

// An event that is too long for SNS loses what the store has, and says what.
func TestEventFits(t *testing.T) {
	for name, grow := range map[string]func(*diagnosis.Diagnosis){
		"checks": func(x *diagnosis.Diagnosis) {
			for range 300 {
				x.Checks = append(x.Checks, diagnosis.Check{Layer: "scp", Because: []diagnosis.Reason{{Text: strings.Repeat("x", 1000)}}})
			}
		},
		"policies": func(x *diagnosis.Diagnosis) {
			x.Remedy.Steps[0].Document = json.RawMessage(`"` + strings.Repeat("x", MaxEvent) + `"`)
		},
		"everything": func(x *diagnosis.Diagnosis) {
			for i := range x.Remedy.Steps {
				x.Remedy.Steps[i].Commands = []string{strings.Repeat("x", MaxEvent)}
			}
			x.RuledOut = []diagnosis.RuledOut{{Because: strings.Repeat("x", MaxEvent)}}
			x.Cause.Because[0].Text = strings.Repeat("x", MaxEvent)
		},
	} {
		f := severalBlockers(t)
		grow(&f.Diagnosis)
		before, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Compose(f, NewFinding, noon, options(), Facts{}).Event.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var e Event
		if err := json.Unmarshal(doc, &e); err != nil {
			t.Fatal(err)
		}
		if len(doc) > MaxEvent || len(e.Shortened) == 0 || e.Finding.ID != f.ID || e.Finding.Cause() != f.Cause() {
			t.Errorf("%s: %d bytes, without %q", name, len(doc), e.Shortened)
		}
		if after, err := json.Marshal(f); err != nil || string(after) != string(before) {
			t.Errorf("%s: the finding itself was changed", name)
		}
	}
}

// A summary carries no policy in any form.
func TestEventSummaryOnly(t *testing.T) {
	o := options()
	o.SummaryOnly = true
	for _, f := range []finding.Finding{severalBlockers(t), ofCase(t, "cross-account-three-blockers"), ofCase(t, "hostile-names")} {
		doc, err := Compose(f, NewFinding, noon, o, Facts{}).Event.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{`"source"`, `"patch"`, `"document":{`, `"diff"`, `\"Effect\"`, "aws s3api", "aws iam", "not authorized"} {
			if strings.Contains(string(doc), s) {
				t.Errorf("the summary has %s", s)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	o := options()
	o.Policy.QuietStart = 24 * time.Hour
	var few, many []finding.Finding
	for name, f := range sampleFindings(t) {
		f.Count = 1 + len(name)%7
		few = append(few, f)
		for range 20 {
			many = append(many, f)
		}
	}
	for _, tt := range []struct {
		name, why, subject string
		findings           []finding.Finding
	}{
		{"one", QuietStart, "1 finding of the first 24 hours [why403 digest]", few[:1]},
		{"few", QuietStart, "", few},
		{"many", Burst, "", many},
		{"burst of two", Burst, "2 findings beyond 30 messages in 15 minutes [why403 digest]", few[:2]},
		{"a reason of another version", "parked", "2 findings held back [why403 digest]", few[:2]},
	} {
		m := ComposeDigest(tt.findings, tt.why, noon, o)
		if tt.subject != "" && m.Subject != tt.subject {
			t.Errorf("%s: subject %q, want %q", tt.name, m.Subject, tt.subject)
		}
		if m.Event.Digest.Count != len(tt.findings) || len(m.Event.Digest.Findings) > mostListed {
			t.Errorf("%s: %d findings, %d listed", tt.name, m.Event.Digest.Count, len(m.Event.Digest.Findings))
		}
		if err := checkDigest(m); err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, m.Body)
		}
	}
}

func checkDigest(m Message) error {
	if err := cleantest.CheckSubject(m.Subject); err != nil {
		return err
	}
	if err := cleantest.CheckMail(m.Body, ownLinks()...); err != nil {
		return err
	}
	for line := range strings.Lines(m.Body) {
		if err := checkWidth(strings.TrimRight(line, "\n")); err != nil {
			return err
		}
	}
	if len(m.Body) > maxBody {
		return errTooWide
	}
	_, err := m.Event.JSON()
	return err
}

func TestDigestHostile(t *testing.T) {
	for _, c := range cleantest.Hostile() {
		f := severalBlockers(t)
		f.Title, f.Diagnosis.Cause.ID, f.Diagnosis.Cause.Account = c.Text, diagnosis.CauseID(c.Text), c.Text
		o := options()
		o.AccountNames = map[string]string{c.Text: c.Text}
		if err := checkDigest(ComposeDigest([]finding.Finding{f, f}, Burst, noon, o)); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

func TestRoutes(t *testing.T) {
	const team, lake, root = "arn:aws:sns:us-east-1:999999999999:team", "arn:aws:sns:us-east-1:999999999999:lake", "arn:aws-us-gov:sns:us-gov-west-1:999999999999:root"
	routes, err := ParseRoutes([]byte(`{"format":"why403.routes/v1","routes":[
		{"accounts":["333333333333"],"bucketTags":{"team":"blue"},"topic":"` + team + `"},
		{"bucketTags":{"data-lake":"*"},"topic":"` + lake + `"},
		{"ous":["ou-ab12-11111111","r-ab12"],"topic":"` + root + `"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f := severalBlockers(t) // 111111111111 must act
	unknown := f
	unknown.Diagnosis.Cause = nil
	for _, tt := range []struct {
		name  string
		f     finding.Finding
		facts Facts
		want  string
	}{
		{"nothing is known", f, Facts{}, ""},
		{"a tag with any value", f, Facts{BucketTags: map[string]string{"data-lake": ""}}, lake},
		{"the tag, but another account", f, Facts{BucketTags: map[string]string{"team": "blue"}}, ""},
		{"an organizational unit above", f, Facts{OUs: map[string][]string{"111111111111": {"r-zz99", "ou-ab12-11111111"}}}, root},
		{"above another account", f, Facts{OUs: map[string][]string{"222222222222": {"r-ab12"}}}, ""},
		{"the first that fits", f, Facts{BucketTags: map[string]string{"data-lake": "x"}, OUs: map[string][]string{"111111111111": {"r-ab12"}}}, lake},
		{"no cause: the requester's account", unknown, Facts{OUs: map[string][]string{"111111111111": {"r-ab12"}}}, root},
	} {
		if got := routes.Topic(tt.f, tt.facts); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRoutesThatAreRefused(t *testing.T) {
	for name, doc := range map[string]string{
		"no JSON":             `{`,
		"more than one":       `{"format":"why403.routes/v1"} {}`,
		"another format":      `{"format":"why403.routes/v2"}`,
		"a misspelt field":    `{"format":"why403.routes/v1","routes":[{"account":["111111111111"],"topic":"arn:aws:sns:us-east-1:999999999999:t"}]}`,
		"everything":          `{"format":"why403.routes/v1","routes":[{"topic":"arn:aws:sns:us-east-1:999999999999:t"}]}`,
		"no topic":            `{"format":"why403.routes/v1","routes":[{"accounts":["111111111111"]}]}`,
		"a queue":             `{"format":"why403.routes/v1","routes":[{"accounts":["111111111111"],"topic":"arn:aws:sqs:us-east-1:999999999999:t"}]}`,
		"no account":          `{"format":"why403.routes/v1","routes":[{"accounts":["analytics"],"topic":"arn:aws:sns:us-east-1:999999999999:t"}]}`,
		"no organizational u": `{"format":"why403.routes/v1","routes":[{"ous":["Production"],"topic":"arn:aws:sns:us-east-1:999999999999:t"}]}`,
	} {
		if _, err := ParseRoutes([]byte(doc)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestAccountNames: accounts have the names that were read, unless the operator gave them
// others.
func TestAccountNames(t *testing.T) {
	for file, f := range sampleFindings(t) {
		account := f.Diagnosis.Denial.Principal.Account
		if account == "" {
			continue
		}
		f.Diagnosis.AccountNames = map[string]string{account: "as read"}
		if m := Compose(f, NewFinding, time.Now(), Options{}, Facts{}); !strings.Contains(strings.ReplaceAll(m.Body, "\u00a0", " "), "(as read)") || m.Event.Accounts[account] != "as read" {
			t.Errorf("%s: the name that was read is not in the mail, or not in the event: %v", file, m.Event.Accounts)
		}
		if m := Compose(f, NewFinding, time.Now(), Options{AccountNames: map[string]string{account: "ours"}}, Facts{}); m.Event.Accounts[account] != "ours" {
			t.Errorf("%s: %v, want the operator's name", file, m.Event.Accounts)
		}
		return
	}
	t.Error("no sample has an account")
}
