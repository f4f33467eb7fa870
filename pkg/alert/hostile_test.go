package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// ownLinks are the links that a mail may hold. The CLI names files so.
func ownLinks() []string {
	return []string{
		"https://docs.aws.amazon.com/", "https://why403.example/docs/",
		"file://policy.json", "file://key-policy.json", "file://endpoint-policy.json", "file://app-data.json",
	}
}

// headings are what a line that is not indented may begin with.
var headings = regexp.MustCompile(`^(Who|What|Where|When|Causes|CHECKS|AWS SAYS|[0-9]+ ✗|INTENDED\?|IF|CHANGE|PROOF|WHAT IT MAY BE|ALSO POSSIBLE|RULED OUT|CHANGED|LEFT OUT|CAUSE|Finding|Everything|Acknowledge|Silence|AWS's page|Cause page|You get this because)( |$)`)

// checkMessage reports what is wrong with a message whatever it is about.
func checkMessage(m Message) error {
	if err := cleantest.CheckSubject(m.Subject); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if !strings.HasSuffix(m.Subject, " [why403 "+m.FindingID+"]") {
		return fmt.Errorf("subject without id: %q", m.Subject)
	}
	if err := cleantest.CheckMail(m.Body, ownLinks()...); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if len(m.Body) > maxBody {
		return fmt.Errorf("body of %d bytes", len(m.Body))
	}
	if len(m.Attributes) > 10 {
		return fmt.Errorf("%d attributes", len(m.Attributes))
	}
	for name, v := range m.Attributes {
		if v == "" || len(v) > 128 || cleantest.CheckTerminal(v) != nil {
			return fmt.Errorf("attribute %s=%q", name, v)
		}
	}
	if !strings.HasSuffix(m.Body, "\n") || strings.Contains(m.Body, "\n\n\n") {
		return fmt.Errorf("empty lines, or no end of line, in:\n%s", m.Body)
	}
	return checkLines(strings.Split(strings.TrimSuffix(m.Body, "\n"), "\n"))
}

func checkLines(lines []string) error {
	paragraph := 0
	for i, line := range lines {
		if line == "" {
			paragraph++
			continue
		}
		if strings.TrimRight(line, " ") != line {
			return fmt.Errorf("line %q ends in a space", line)
		}
		// The first two paragraphs are the state and the sentence.
		if line[0] != ' ' && !headings.MatchString(line) && (paragraph > 1 || i > 0 && lines[i-1] != "") {
			return fmt.Errorf("line %q poses as a heading", line)
		}
		if err := checkWidth(line); err != nil {
			return err
		}
	}
	return nil
}

// jsonLine matches an element of a policy, which cannot be broken.
var jsonLine = regexp.MustCompile(`^ {6,}".*": ["{\[]`)

// diffLine matches a line of a change, which is JSON.
var diffLine = regexp.MustCompile(`^ {6}([-+ ] .*|.*["{}\]\[].*)$`)

// labels match what stands before a text.
var labels = regexp.MustCompile(`^ *([A-Z][A-Z ?0-9]+|Who|What|Note|Target|Alone|To tell read|wants|gets) +`)

// checkWidth lets only pass the margin what must not be broken.
func checkWidth(line string) error {
	if utf8.RuneCountInString(line) <= 78 {
		return nil
	}
	text := strings.TrimPrefix(strings.TrimLeft(line, " "), "> ")
	if label := labels.FindString(line); label != "" {
		text = strings.TrimPrefix(line, label)
	}
	switch {
	case strings.HasPrefix(text, "aws "), strings.HasPrefix(text, "why403 "), // a command
		diffLine.MatchString(line),
		strings.Contains(text, "arn:"), strings.Contains(text, "s3://"), strings.Contains(text, "https://"),
		jsonLine.MatchString(line), !strings.Contains(text, " "): // a single word
		return nil
	}
	return fmt.Errorf("line of %d columns: %q", utf8.RuneCountInString(line), line)
}

func TestSamples(t *testing.T) {
	for name, f := range sampleFindings(t) {
		for _, reason := range []Reason{None, NewFinding, NewCause} {
			for _, o := range []Options{options(), {}, {SummaryOnly: true}} {
				m := Email(f, reason, o)
				if err := checkMessage(m); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for _, s := range []string{`"Principal": "*"`, `"AWS": "*"`, "s3:*"} {
					if strings.Contains(m.Body, s) {
						t.Errorf("%s: the body has %s", name, s)
					}
				}
			}
		}
	}
}

// fields put a hostile text where a record has a name.
var fields = map[string]func(d *trail.Denial, text string){
	"key": func(d *trail.Denial, text string) {
		d.Key = text
		d.Message.Resource = "arn:aws:s3:::" + d.Bucket + "/" + text
		for i := range d.Authorizations {
			d.Authorizations[i].Resource = d.Message.Resource
		}
		d.ErrorMessage = `User: x is not authorized to perform: s3:GetObject on resource: "` + d.Message.Resource + `" because no identity-based policy allows the s3:GetObject action`
	},
	"bucket": func(d *trail.Denial, text string) {
		d.Bucket = text
		d.Message.Resource = "arn:aws:s3:::" + text
		for i := range d.Authorizations {
			d.Authorizations[i].Resource = d.Message.Resource
		}
	},
	"session": func(d *trail.Denial, text string) {
		d.Principal.Type, d.Principal.Session = evidence.PrincipalRole, text
	},
	"role": func(d *trail.Denial, text string) {
		d.Principal.Type, d.Principal.ARN = evidence.PrincipalRole, "arn:aws:iam::111111111111:role/"+text
	},
	"requester":       func(d *trail.Denial, text string) { d.Principal = evidence.Principal{Type: "account", ARN: text} },
	"unique id":       func(d *trail.Denial, text string) { d.Principal = evidence.Principal{Type: "role", ID: text} },
	"service":         func(d *trail.Denial, text string) { d.Principal = evidence.Principal{Type: "service", Service: text} },
	"via":             func(d *trail.Denial, text string) { d.Principal.Via, d.Principal.Issuer = text, text },
	"account":         func(d *trail.Denial, text string) { d.Principal.Account, d.BucketAccount = text, text },
	"user agent":      func(d *trail.Denial, text string) { d.UserAgent = text },
	"address":         func(d *trail.Denial, text string) { d.SourceIP, d.VPCEndpointID = text, text },
	"region":          func(d *trail.Denial, text string) { d.Region = text },
	"operation":       func(d *trail.Denial, text string) { d.Operation = text },
	"access point":    func(d *trail.Denial, text string) { d.AccessPoint = text },
	"message":         func(d *trail.Denial, text string) { d.ErrorMessage = text },
	"message, parsed": func(d *trail.Denial, text string) { d.ErrorMessage, d.Message = text, trail.ParseMessage(text) },
	"error code":      func(d *trail.Denial, text string) { d.ErrorCode = "KMS." + text },
	"policy arn":      func(d *trail.Denial, text string) { d.Message.PolicyARN, d.Message.Explicit = text, true },
	"kms key":         func(d *trail.Denial, text string) { d.KMSKey, d.Message.Action = text, "kms:Decrypt" },
	"action": func(d *trail.Denial, text string) {
		d.Message.Action = text
		d.Authorizations = []evidence.Authorization{{Action: text, Resource: text}}
	},
}

func TestHostile(t *testing.T) {
	all := slices.Sorted(maps.Keys(fields))
	for sample, in := range map[string][]string{
		"bucket-policy-no-allow": all,
		"requester-pays":         {"key", "bucket", "role", "message, parsed"},
		"missing-object":         {"key"},
		"identity-explicit-deny": {"policy arn"},
	} {
		for _, field := range in {
			t.Run(sample+"/"+field, func(t *testing.T) {
				base := denials(t, sample+".json")[0]
				for _, c := range cleantest.Hostile() {
					d := base
					d.Authorizations = slices.Clone(base.Authorizations)
					fields[field](&d, c.Text)
					f := findingOf(d)
					f.Causes = append(f.Causes, f.Causes[0])
					m := Email(f, NewFinding, options())
					if err := checkMessage(m); err != nil {
						t.Errorf("%s: %v", c.Name, err)
					}
					if strings.Contains(m.Body, `"Principal": "*"`) || strings.Contains(m.Body, "s3:*") && !strings.Contains(c.Text, "s3:*") {
						t.Errorf("%s: grants too much:\n%s", c.Name, m.Body)
					}
				}
			})
		}
	}
}

// What a later diagnosis has, and what an operator sets, is cleaned as well.
func TestHostileDiagnosis(t *testing.T) {
	for _, c := range cleantest.Hostile() {
		f := severalBlockers(t)
		x, n := &f.Diagnosis, 0
		cause := diagnosis.Cause{
			ID: diagnosis.CauseID(c.Text), Confidence: diagnosis.Confidence(c.Text), Summary: c.Text, Account: c.Text, Needs: c.Text, Doc: c.Text,
			Because: []diagnosis.Reason{{Policy: c.Text, Statement: &n, SID: c.Text, Element: c.Text, Key: c.Text, Wanted: []string{c.Text}, Got: []string{c.Text, c.Text}, Text: c.Text}},
		}
		source, err := json.Marshal(map[string]any{
			"Sid": c.Text, "Effect": "Deny", "Principal": map[string]any{"AWS": []string{c.Text, c.Text}}, "Action": []string{c.Text}, "Resource": c.Text,
			"Condition": map[string]any{c.Text: map[string]any{c.Text: []string{c.Text, "b"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, element := range []string{"", "Principal", "Resource", "Condition"} {
			r := cause.Because[0]
			r.Element, r.Operator, r.Source, r.Text, r.At, r.Effect, r.Matches = element, c.Text, source, "", c.Text, "Deny", "yes"
			quoted := cause
			quoted.Because = []diagnosis.Reason{r, r, {Fact: c.Text}}
			x.Contributing = append(x.Contributing, quoted)
		}
		x.Cause = &cause
		for range 20 {
			x.Contributing = append(x.Contributing, cause)
			x.Open = append(x.Open, diagnosis.Open{ID: cause.ID, Because: c.Text, Needs: c.Text + " in " + c.Text})
			x.RuledOut = append(x.RuledOut, diagnosis.RuledOut{ID: cause.ID, Because: c.Text})
			x.Remedy.Steps = append(x.Remedy.Steps, diagnosis.Step{Account: c.Text, Title: c.Text, Target: c.Text, Commands: []string{c.Text}, Caution: c.Text},
				diagnosis.Step{Title: c.Text, Kind: "replace-statement", Patch: json.RawMessage(`{}`), Diff: "+ " + c.Text + "\n-\n" + string(source), Alone: c.Text})
			x.Checks = append(x.Checks, diagnosis.Check{Layer: evidence.Layer(c.Text), Verdict: diagnosis.Deny})
			x.Changes = append(x.Changes, evidence.Change{By: c.Text, Event: c.Text, Document: c.Text})
		}
		x.Remedy.If, x.Remedy.Because, x.Intended = c.Text, c.Text, diagnosis.Intended{Ask: true, Because: c.Text}
		f.Diagnosis = *x
		o := Options{AccountNames: map[string]string{"111111111111": c.Text, c.Text: c.Text}}
		for _, o.SummaryOnly = range []bool{false, true} {
			if err := checkMessage(Email(f, NewFinding, o)); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
		x.Cause, x.Contributing, x.Outcome, x.Because = nil, nil, diagnosis.Undetermined, c.Text
		f.Diagnosis = *x
		if err := checkMessage(Email(f, NewFinding, o)); err != nil {
			t.Errorf("%s, undetermined: %v", c.Name, err)
		}
	}
}

func FuzzEmail(f *testing.F) {
	sample := denials(f, "identity-no-allow.json")[0]
	f.Add(sample.Key, sample.Principal.Session, sample.ErrorMessage)
	for _, c := range cleantest.Hostile() {
		f.Add(c.Text, "s", sample.ErrorMessage)
		f.Add("k", c.Text, c.Text)
		f.Add(c.Text, c.Text, `User: a is not authorized to perform: s3:GetObject on resource: "`+c.Text+`" because no identity-based policy allows`)
	}
	f.Fuzz(func(t *testing.T, key, session, message string) {
		d := sample
		d.Key, d.Principal.Session, d.ErrorMessage = key, session, message
		d.Authorizations = []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/" + key}}
		for _, m := range []trail.Message{sample.Message, trail.ParseMessage(message)} {
			d.Message = m
			if m.Action == sample.Message.Action {
				d.Message.Resource = "arn:aws:s3:::acme-data/" + key
			}
			for _, o := range []Options{options(), {SummaryOnly: true}} {
				if err := checkMessage(Email(findingOf(d), NewFinding, o)); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
