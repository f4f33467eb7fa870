package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
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

// corpusCase is a case with the diagnosis that it must lead to.
type corpusCase struct{ authztest.Case }

func readCorpus(t testing.TB) []corpusCase {
	t.Helper()
	var all []corpusCase
	for _, c := range authztest.Read(t, "testdata/cases/*.txt",
		"code", "message", "event", "changes", "protected", "golden",
		"outcome", "cause", "contributing", "open", "ruled", "agrees", "intended", "steps", "verified",
		"remedy", "says", "why", "because", "title", "caution", "command", "alone", "needs", "never", "near", "unread") {
		all = append(all, corpusCase{c})
	}
	return all
}

func list(s string) []string {
	if s == "" || s == "none" {
		return nil
	}
	out := strings.Split(s, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// denial returns the denial of a case: of a record if it has an event, else of a
// question.
func (c *corpusCase) denial(t testing.TB) (trail.Denial, evidence.Evidence) {
	t.Helper()
	if changes := c.Get("changes"); changes != "" {
		c.Fields = append(slices.Clone(c.Fields), authztest.Field{Name: "set", Value: "evidence > changes = " + changes})
	}
	parsed := c.Parse(t)
	q := *parsed.Request
	q.ErrorCode, q.ErrorMessage = "AccessDenied", c.message(t, q)
	if code := c.Get("code"); code != "" {
		q.ErrorCode = code
	}
	if c.Get("event") != "" {
		d, ignored, err := trail.Parse(c.record(t, q))
		if err != nil || ignored != "" {
			t.Fatal(ignored, err)
		}
		return d, parsed.Evidence
	}
	d := trail.FromRequest(q, parsed.Context)
	d.Context = append(d.Context, c.Context()...)
	slices.SortFunc(d.Context, func(a, b evidence.ContextKey) int { return strings.Compare(a.Name, b.Name) })
	return d, parsed.Evidence
}

func (c *corpusCase) options() diagnosis.Options {
	return diagnosis.Options{Protected: list(c.Get("protected"))}
}

func (c *corpusCase) diagnose(t testing.TB) diagnosis.Diagnosis {
	t.Helper()
	d, e := c.denial(t)
	return diagnosis.Diagnose(d, authz.Compile(e), c.options())
}

// message writes AWS's message: as it is given, or "names TYPE [denies [ARN]] [for
// ACTION on RESOURCE]".
func (c *corpusCase) message(t testing.TB, q evidence.Request) string {
	t.Helper()
	s, ok := strings.CutPrefix(c.Get("message"), "names ")
	if !ok {
		return c.Get("message")
	}
	a := q.All()[0]
	action, resource := a.Action, a.Resource
	if before, of, ok := strings.Cut(s, " for "); ok {
		s = before
		action, resource, _ = strings.Cut(of, " on ")
	}
	kind, deny, explicit := strings.Cut(s, " denies")
	who := q.Principal.ARN
	if q.Principal.Type == evidence.PrincipalRole {
		who = fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", q.Principal.Account, who[strings.LastIndexByte(who, '/')+1:], q.Principal.Session)
	}
	kind = strings.TrimSpace(kind)
	reason := fmt.Sprintf("because no %s policy allows the %s action", kind, action)
	if kind == "permissions boundary" {
		reason = "because no permissions boundary allows the " + action + " action"
	}
	if explicit {
		reason = "with an explicit deny in a " + kind + " policy"
		if kind == "permissions boundary" {
			reason = "with an explicit deny in a permissions boundary"
		}
		if arn := strings.TrimSpace(deny); arn != "" {
			reason += ": " + arn
		}
	}
	if resource != "" {
		resource = ` on resource: "` + resource + `"`
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s%s %s", who, action, resource, reason)
}

// record is the CloudTrail record of the request, with what the case changes in it.
func (c *corpusCase) record(t testing.TB, q evidence.Request) []byte {
	t.Helper()
	a := q.All()[0]
	bucket, key, object := strings.Cut(strings.TrimPrefix(a.Resource, "arn:aws:s3:::"), "/")
	p := q.Principal
	name := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	identity := map[string]any{"accountId": p.Account, "principalId": p.ID, "arn": p.ARN, "accessKeyId": p.AccessKeyID}
	switch p.Type {
	case evidence.PrincipalRole:
		identity["type"], identity["principalId"] = "AssumedRole", p.ID+":"+p.Session
		identity["arn"] = fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", p.Account, name, p.Session)
		identity["sessionContext"] = map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "principalId": p.ID, "arn": p.ARN, "accountId": p.Account, "userName": name},
			"attributes":    map[string]any{"mfaAuthenticated": "false", "creationDate": "2026-11-23T09:00:00Z"},
		}
	case evidence.PrincipalUser:
		identity["type"], identity["userName"] = "IAMUser", name
	case evidence.PrincipalAnonymous:
		identity = map[string]any{"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
	default:
		t.Fatalf("no record of a %s", p.Type)
	}
	parameters := map[string]any{"bucketName": bucket, "Host": bucket + ".s3.us-east-1.amazonaws.com"}
	resources := []any{map[string]any{"accountId": a.Account, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::" + bucket}}
	if object {
		parameters["key"] = key
		resources = append(resources, map[string]any{"type": "AWS::S3::Object", "ARN": a.Resource})
	}
	operation := q.Operation
	if operation == "" {
		operation = strings.TrimPrefix(a.Action, "s3:")
	}
	r := map[string]any{
		"eventVersion": "1.11", "eventID": "0c5a3f1e-EXAMPLE", "requestID": "REQUESTEXAMPLE", "eventTime": "2026-11-23T10:00:00Z", "awsRegion": "us-east-1",
		"eventSource": "s3.amazonaws.com", "eventName": operation, "eventType": "AwsApiCall", "eventCategory": "Data", "managementEvent": false,
		"sourceIPAddress": "203.0.113.7", "userAgent": "[aws-cli/2]", "errorCode": q.ErrorCode, "errorMessage": q.ErrorMessage,
		"userIdentity": identity, "requestParameters": parameters, "resources": resources, "recipientAccountId": a.Account,
		"additionalEventData": map[string]any{"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "AuthenticationMethod": "AuthHeader"},
		"tlsDetails":          map[string]any{"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": bucket + ".s3.us-east-1.amazonaws.com"},
	}
	var change map[string]any
	if err := json.Unmarshal([]byte(c.Get("event")), &change); err != nil {
		t.Fatal(err)
	}
	for k, v := range change {
		r[k] = v
		if v == nil {
			delete(r, k)
		}
	}
	doc, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// expect holds a diagnosis to what the case says of it.
func (c *corpusCase) expect(t *testing.T, x diagnosis.Diagnosis) {
	t.Helper()
	same := func(what, got, want string) {
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	if want := c.Get("outcome"); want != "" {
		same("outcome", string(x.Outcome), want)
	}
	if want := c.Get("cause"); want != "" {
		same("cause", causeText(x.Cause, strings.Contains(want, " in ")), want)
	}
	if want := c.Get("contributing"); want != "" || c.Get("cause") != "" {
		in := strings.Contains(want, " in ")
		var got []string
		for i := range x.Contributing {
			got = append(got, causeText(&x.Contributing[i], in))
		}
		same("contributing", strings.Join(got, ", "), strings.Join(list(want), ", "))
	}
	if want := c.Get("open"); want != "" {
		got, wanted := openIDs(x), list(want)
		slices.Sort(got)
		slices.Sort(wanted)
		same("open", strings.Join(got, ", "), strings.Join(wanted, ", "))
	}
	c.expectMessage(t, x)
	c.expectRemedy(t, x)
	c.expectTexts(t, x)
}

func causeText(c *diagnosis.Cause, account bool) string {
	if c == nil {
		return "none"
	}
	s := string(c.ID)
	if c.IsA != "" {
		s += " isA " + string(c.IsA)
	}
	if c.Confidence != diagnosis.Confirmed {
		s += " " + string(c.Confidence)
	}
	if account {
		s += " in " + c.Account
	}
	return s
}

func (c *corpusCase) expectMessage(t *testing.T, x diagnosis.Diagnosis) {
	if want := c.Get("agrees"); want != "" {
		got := "none"
		if x.Message != nil {
			got = "unknown"
			if a := x.Message.Agrees; a != nil {
				got = map[bool]string{true: "yes", false: "no"}[*a]
			}
		}
		if got != want {
			t.Errorf("agrees: %s, want %s", got, want)
		}
	}
	if want := c.Get("intended"); want != "" {
		yes, because, _ := strings.Cut(want, " ")
		if x.Intended.Ask != (yes == "yes") || !strings.Contains(x.Intended.Because, because) {
			t.Errorf("intended: %+v, want %s", x.Intended, want)
		}
	}
	for _, id := range list(c.Get("near")) {
		if is := standing(x, id); is != "" {
			t.Errorf("%s is %s", id, is)
		}
	}
	for _, id := range list(c.Get("unread")) {
		if is := standing(x, id); is != "open" && is != "likely" && (is != "" || !sharper(diagnosis.CauseID(id))) {
			t.Errorf("%s is %q, want open or likely", id, is)
		}
	}
	for _, want := range list(c.Get("ruled")) {
		if !slices.Contains(ruledOutIDs(x), want) {
			t.Errorf("%s is not ruled out", want)
		}
	}
}

// sharper reports whether a cause is only ever told as what another one is exactly, so
// that where it cannot be told the other one is.
func sharper(id diagnosis.CauseID) bool {
	switch id {
	case diagnosis.PrincipalMismatch, diagnosis.StalePrincipalID, diagnosis.ACLNoGrant, diagnosis.BPAIgnorePublicACLs, diagnosis.KMSAWSManagedKeyCrossAcct:
		return true
	default:
		return false
	}
}

// standing says how a cause stands in a diagnosis: confirmed, likely, open; or not
// at all.
func standing(x diagnosis.Diagnosis, id string) string {
	for _, cause := range append(slices.Clone(x.Contributing), deref(x.Cause)) {
		if string(cause.ID) == id || string(cause.IsA) == id {
			return string(cause.Confidence)
		}
	}
	if slices.Contains(openIDs(x), id) {
		return "open"
	}
	return ""
}

func deref(c *diagnosis.Cause) diagnosis.Cause {
	if c == nil {
		return diagnosis.Cause{}
	}
	return *c
}

func (c *corpusCase) expectRemedy(t *testing.T, x diagnosis.Diagnosis) {
	if want := c.Get("steps"); want != "" {
		var got []string
		for _, s := range x.Remedy.Steps {
			kind := s.Kind
			if kind == "" {
				kind = "untried"
			}
			got = append(got, strings.TrimSpace(kind+" "+s.Account))
		}
		if g, w := strings.Join(got, ", "), strings.Join(list(want), ", "); g != w {
			t.Errorf("steps: %s, want %s", g, w)
		}
	}
	if want := c.Get("verified"); want != "" && x.Remedy.Verified != (want == "yes") {
		t.Errorf("verified: %v, want %s", x.Remedy.Verified, want)
	}
}

// expectTexts looks for texts where they must be, and must not be.
func (c *corpusCase) expectTexts(t *testing.T, x diagnosis.Diagnosis) {
	var causes, because, titles, cautions, commands, alone, needs []string
	for _, cause := range append([]diagnosis.Cause{deref(x.Cause)}, x.Contributing...) {
		causes = append(causes, cause.Summary)
		because = append(because, reasonTexts(cause.Because)...)
	}
	for i, s := range x.Remedy.Steps {
		titles, cautions, commands = append(titles, s.Title), append(cautions, s.Caution), append(commands, s.Commands...)
		alone = append(alone, fmt.Sprintf("%d %s", i+1, s.Alone))
	}
	for _, o := range x.Open {
		needs = append(needs, fmt.Sprintf("%s: %s; %s", o.ID, o.Because, o.Needs))
	}
	for name, in := range map[string][]string{
		"says": causes, "because": because, "title": titles, "caution": cautions, "command": commands, "alone": alone, "needs": needs,
		"remedy": {x.Remedy.Because}, "why": {x.Because},
	} {
		for _, want := range c.All(name) {
			if !slices.ContainsFunc(in, func(s string) bool { return strings.Contains(s, want) }) {
				t.Errorf("%s: %q is not in\n%s", name, want, strings.Join(in, "\n"))
			}
		}
	}
	text, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range c.All("never") {
		if strings.Contains(string(text), never) || strings.Contains(dump(x), never) {
			t.Errorf("says %q", never)
		}
	}
}

// reasonTexts writes reasons in short: bucket-policy Grant[0] Allow Condition
// StringEquals aws:SourceVpce.
func reasonTexts(reasons []diagnosis.Reason) []string {
	var out []string
	for _, r := range reasons {
		s := string(r.Layer)
		switch {
		case r.Statement != nil:
			s += fmt.Sprintf(" %s[%d] %s %s %s %s", r.Policy, *r.Statement, r.Effect, r.Element, r.Operator, r.Key)
			if len(r.Wanted)+len(r.Got) > 0 {
				s += fmt.Sprintf(" wanted %s got %s", strings.Join(r.Wanted, " "), strings.Join(r.Got, " "))
			}
			s += " " + r.State
		case r.Fact != "":
			s += " " + r.Fact
		default:
			s += " " + r.Policy + " " + r.Text
		}
		out = append(out, strings.TrimSpace(regexp.MustCompile(` +`).ReplaceAllString(s, " ")))
	}
	return out
}

// dump writes a diagnosis for a person.
func dump(x diagnosis.Diagnosis) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s %s", x.Outcome, x.Because)
	cause := func(what string, c *diagnosis.Cause) {
		line("%s: %s\n  %s", what, causeText(c, true), c.Summary)
		for _, r := range reasonTexts(c.Because) {
			line("    %s", r)
		}
	}
	if x.Cause != nil {
		cause("cause", x.Cause)
	}
	for i := range x.Contributing {
		cause("contributing", &x.Contributing[i])
	}
	if m := x.Message; m != nil {
		agrees := "cannot tell"
		if m.Agrees != nil {
			agrees = map[bool]string{true: "agrees", false: "disagrees"}[*m.Agrees]
		}
		line("message: %s %s %s: %s", m.Layer, m.Kind, m.PolicyARN, agrees)
	}
	for _, o := range x.Open {
		line("open: %s: %s", o.ID, o.Because)
		if o.Needs != "" {
			line("  needs %s", o.Needs)
		}
	}
	for _, o := range x.RuledOut {
		line("ruled out: %s: %s", o.ID, o.Because)
	}
	if x.Intended.Ask {
		line("intended? %s", x.Intended.Because)
	}
	for i, s := range x.Remedy.Steps {
		line("step %d, %s, %s: %s", i+1, s.Account, s.Kind, s.Title)
		for _, part := range []struct{ name, text string }{
			{"target", s.Target}, {"patch", string(s.Patch)}, {"alone", s.Alone}, {"caution", s.Caution},
			{"diff", strings.ReplaceAll(s.Diff, "\n", "\n      ")}, {"run", strings.Join(s.Commands, "\n      ")},
		} {
			if part.text != "" {
				line("  %s: %s", part.name, part.text)
			}
		}
	}
	line("remedy, verified %v: %s", x.Remedy.Verified, x.Remedy.Because)
	return b.String()
}
