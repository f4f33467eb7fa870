package evidence_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"why403/pkg/evidence"
)

const examples = "../../docs/testdata"

func TestRead(t *testing.T) {
	tests := []struct {
		json    string
		state   evidence.State
		value   string
		reason  string
		unknown bool
	}{
		{`{"known": "x"}`, evidence.StateKnown, "x", "", false},
		{`{"known": ""}`, evidence.StateKnown, "", "", false},
		{`{"absent": "NoSuchBucketPolicy"}`, evidence.StateAbsent, "", "NoSuchBucketPolicy", false},
		{`{"absent": ""}`, evidence.StateAbsent, "", "", false},
		{`{"unreadable": "AccessDenied: no"}`, evidence.StateUnreadable, "", "AccessDenied: no", true},
		{`null`, evidence.StateNotRead, "", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			var r evidence.Read[string]
			if err := json.Unmarshal([]byte(tt.json), &r); err != nil {
				t.Fatal(err)
			}
			value, known := r.Value()
			if r.State() != tt.state || value != tt.value || known != (tt.state == evidence.StateKnown) || r.Reason() != tt.reason || r.Unknown() != tt.unknown {
				t.Errorf("got state %v, value %q known %v, reason %q, unknown %v", r.State(), value, known, r.Reason(), r.Unknown())
			}
			if r.IsZero() != (tt.state == evidence.StateNotRead) {
				t.Errorf("IsZero is %v", r.IsZero())
			}
			again, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(meaning(t, []byte(tt.json)), meaning(t, again)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadZeroWasNotRead(t *testing.T) {
	var r evidence.Read[[]string]
	if r.State() != evidence.StateNotRead || !r.Unknown() || !r.IsZero() {
		t.Errorf("the zero Read is %v", r.State())
	}
	b, err := json.Marshal(evidence.Bucket{})
	if err != nil || string(b) != `{}` {
		t.Errorf("a bucket of which nothing was read is %s, %v", b, err)
	}
}

func TestReadStates(t *testing.T) {
	for state, want := range map[evidence.State]string{
		evidence.StateNotRead: "not read", evidence.StateKnown: "known",
		evidence.StateAbsent: "absent", evidence.StateUnreadable: "unreadable",
	} {
		if state.String() != want {
			t.Errorf("got %q, want %q", state, want)
		}
	}
	for _, r := range []evidence.Read[int]{evidence.Known(0), evidence.Absent[int]("NoSuchKey"), evidence.Unreadable[int]("AccessDenied")} {
		if r.IsZero() {
			t.Errorf("%v passes for not read", r.State())
		}
	}
}

// TestReadRefuses names what is wrong: a typo must never pass for "not read".
func TestReadRefuses(t *testing.T) {
	tests := []struct{ json, want string }{
		{`"x"`, `want one of`},
		{`["known"]`, `want one of`},
		{`{}`, `got 0 fields`},
		{`{"known": "x", "absent": "y"}`, `got 2 fields`},
		{`{"Known": "x"}`, `got "Known"`},
		{`{"knwon": "x"}`, `got "knwon"`},
		{`{"error": "AccessDenied"}`, `got "error"`},
		{`{"known": null}`, `"known" has no value`},
		{`{"known": 7}`, `"known"`},
		{`{"absent": null}`, `"absent": want a string`},
		{`{"absent": true}`, `"absent": want a string`},
		{`{"unreadable": null}`, `"unreadable": want a string`},
		{`{"unreadable": ""}`, `does not say why`},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			r := evidence.Known("before")
			err := json.Unmarshal([]byte(tt.json), &r)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	var doc evidence.Read[json.RawMessage]
	if err := json.Unmarshal([]byte(`{"known": "{\"Statement\": []}"}`), &doc); err == nil {
		t.Error("a policy document as a string was taken")
	}
}

// TestGoodCases reads each example and writes it again: nothing that the format
// knows is lost on the way.
func TestGoodCases(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/case.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range glob(t, examples+"/case-*.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc := read(t, file)
			if !evidence.IsCase(doc) {
				t.Error("not recognized as a case")
			}
			c, err := evidence.ParseCase(doc)
			if err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(meaning(t, doc), meaning(t, again)); diff != "" {
				t.Errorf("- is lost, + came: %s", diff)
			}
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(again)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("written again: %v", err)
			}
			twice, err := evidence.ParseCase(again)
			if err != nil {
				t.Fatalf("read again: %v", err)
			}
			if b, err := json.Marshal(twice); err != nil || string(b) != string(again) {
				t.Errorf("the second time it is written differently: %v", err)
			}
		})
	}
}

// meaning is a document without what the format lets pass over: fields of later
// versions, fields that say what leaving them out says, and the two ways to write
// one value of a condition key.
func meaning(t *testing.T, doc []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(string(doc)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	if c, ok := v.(map[string]any); ok {
		delete(c, "a field of a later version")
		if r, ok := c["request"].(map[string]any); ok {
			if list, ok := r["authorizations"].([]any); ok && len(list) == 0 {
				delete(r, "authorizations")
			}
			if r["contextComplete"] == false {
				delete(r, "contextComplete")
			}
		}
		if keys, ok := c["context"].(map[string]any); ok {
			for name, value := range keys {
				list, ok := value.([]any)
				if !ok {
					list = []any{value}
				}
				for i := range list {
					list[i] = fmt.Sprint(list[i])
				}
				keys[name] = list
			}
		}
		if e, ok := c["evidence"].(map[string]any); ok && len(e) == 0 {
			delete(c, "evidence")
		}
		dropLater(v)
	}
	return v
}

// dropLater takes away the reads that stand for those of a later version.
func dropLater(v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, value := range x {
			if strings.HasSuffix(name, "OfALaterVersion") || name == "DeleteMarker" && value == false {
				delete(x, name)
			}
			dropLater(value)
		}
	case []any:
		for _, value := range x {
			dropLater(value)
		}
	}
}

// TestBadCases refuses every case with a mistake that the schema refuses, at the
// same place.
func TestBadCases(t *testing.T) {
	at := map[string]string{
		"case-other-version.json":                  `"why403.case/v`,
		"case-no-format.json":                      `format is ""`,
		"case-event-and-request.json":              `both "event" and "request"`,
		"case-neither.json":                        `neither "event" nor "request"`,
		"case-principal-type.json":                 `type is`,
		"case-service-without-name.json":           `needs "service"`,
		"case-role-without-arn.json":               `needs "arn" or "id"`,
		"case-action-and-authorizations.json":      `both "authorizations" and`,
		"case-no-action.json":                      `action`,
		"case-authorization-without-resource.json": `authorizations[0]: resource`,
		"case-action-without-service.json":         `"GetObject"`,
		"case-context-complete-word.json":          `contextComplete`,
		"case-context-object.json":                 `condition key value`,
		"case-context-name.json":                   `"SourceIp"`,
		"case-read-misspelt.json":                  `evidence.buckets[acme-data].policy: want one of`,
		"case-read-two-states.json":                `evidence.buckets[acme-data].policy: want exactly one of`,
		"case-read-no-state.json":                  `evidence.buckets[acme-data].policy: want`,
		"case-read-bare.json":                      `evidence.buckets[acme-data].policy: want`,
		"case-read-null.json":                      `evidence.buckets[acme-data].policy: null`,
		"case-read-known-null.json":                `evidence.buckets[acme-data].policy: "known" has no value`,
		"case-read-unreadable-silent.json":         `evidence.buckets[acme-data].policy: "unreadable"`,
		"case-read-absent-true.json":               `evidence.buckets[acme-data].policy: "absent"`,
		"case-field-misspelt.json":                 `evidence.buckets[acme-data]: "polcy"`,
		"case-version-field-misspelt.json":         `versions[v1]: "heads"`,
		"case-document-string.json":                `a policy document is a JSON object`,
		"case-policy-without-document.json":        `neither "document" nor "unreadable"`,
		"case-policy-two-ways.json":                `both "document" and "unreadable"`,
		"case-policy-kind.json":                    `boundary.known: kind is`,
		"case-policies-not-a-list.json":            `policies.known`,
		"case-ownership-value.json":                `ownershipControls.known: ObjectOwnership is`,
		"case-bpa-word.json":                       `publicAccessBlock.known`,
		"case-account-id.json":                     `accounts: "1111"`,
		"case-account-number.json":                 `account.known`,
		"case-grantee-without-id.json":             `Grants[0].Grantee: a CanonicalUser without ID`,
		"case-object-without-bucket.json":          `objects: "a.txt"`,
		"case-key-by-alias.json":                   `keys: "alias/data"`,
		"case-read-at.json":                        `evidence.readAt`,
	}
	// The record inside a case is not this package's: trail reads it, and takes the
	// credentials out.
	elsewhere := []string{"case-event-without-name.json", "case-credentials.json", "case-credentials-in-detail.json"}
	for _, file := range glob(t, examples+"/bad/case-*.json") {
		name := filepath.Base(file)
		if slices.Contains(elsewhere, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, err := evidence.ParseCase(read(t, file))
			if err == nil || !strings.Contains(err.Error(), at[name]) || at[name] == "" {
				t.Errorf("got %v, want an error with %q", err, at[name])
			}
		})
	}
}

func TestParseCaseRefuses(t *testing.T) {
	request := func(fields string) string { return `{"format": "why403.case/v1", "request": {` + fields + `}}` }
	const role = `"principal": {"type": "role", "arn": "arn:aws:iam::111111111111:role/app"}`
	about := func(evidence string) string {
		return `{"format": "why403.case/v1", "event": {"eventName": "GetObject"}, "evidence": {` + evidence + `}}`
	}
	tests := []struct{ name, json, want string }{
		{"not JSON", `{"format"`, "case: "},
		{"two documents", `{"format": "why403.case/v1", "event": {}} {}`, "case: "},
		{"a list", `[]`, "case: "},
		{"null", `null`, `format is ""`},
		{"null event and no request", `{"format": "why403.case/v1", "event": null}`, `neither`},
		{"an event that is a string", `{"format": "why403.case/v1", "event": "{}"}`, "event: not a JSON object"},
		{"a wildcard for an action", request(role + `, "action": "s3:Get*", "resource": "*"`), `"s3:Get*"`},
		{"an action of two services", request(role + `, "action": "s3:Get:Object", "resource": "*"`), `"s3:Get:Object"`},
		{"no principal", request(`"action": "s3:GetObject", "resource": "*"`), `principal: type is ""`},
		{"a bucket for a resource", request(role + `, "action": "s3:ListBucket", "resource": "acme-data"`), `"acme-data"`},
		{"a resource account that is a name", request(role + `, "action": "s3:ListBucket", "resource": "*", "resourceAccount": "data-lake"`), `"data-lake"`},
		{"account for nobody", request(`"principal": {"type": "account"}, "action": "s3:GetObject", "resource": "*"`), `needs "account"`},
		{"a name for an ARN", request(`"principal": {"type": "user", "arn": "bob"}, "action": "s3:GetObject", "resource": "*"`), `arn is "bob"`},
		{"a condition key without a value", `{"format": "why403.case/v1", "event": {}, "context": {"aws:SourceIp": null}}`, "condition key value"},
		{"a condition key with a list in a list", `{"format": "why403.case/v1", "event": {}, "context": {"aws:SourceIp": [["1"]]}}`, "condition key value"},
		{"evidence that is a list", `{"format": "why403.case/v1", "event": {}, "evidence": []}`, "evidence"},
		{"a policy status that does not say", about(`"buckets": {"b": {"policyStatus": {"known": {}}}}`), `policyStatus.known: no "IsPublic"`},
		{"an ownership that does not say", about(`"buckets": {"b": {"ownershipControls": {"known": {}}}}`), `no "ObjectOwnership"`},
		{"a payer of another word", about(`"buckets": {"b": {"requestPayment": {"known": {"Payer": "requester"}}}}`), `Payer is "requester"`},
		{"an organization without id", about(`"accounts": {"111111111111": {"organization": {"known": {}}}}`), `no "id"`},
		{"a policy without name", about(`"principals": {"arn:aws:iam::111111111111:role/a": {"policies": {"known": [{"document": {}}]}}}`), `without "name"`},
		{"an endpoint policy as a string", about(`"vpcEndpoints": {"vpce-1": {"known": {"PolicyDocument": "{}"}}}`), `PolicyDocument`},
		{"a session that is no read", about(`"sessions": {"ASIAEXAMPLE": {"policies": []}}`), `sessions[ASIAEXAMPLE]: want`},
		{"a change without a time", about(`"changes": [{"event": "PutBucketPolicy"}]`), `changes[0]: no "time"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := evidence.ParseCase([]byte(tt.json))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			if c.Format != "" {
				t.Error("a case came with the error")
			}
		})
	}
}

func TestParseCaseValues(t *testing.T) {
	c, err := evidence.ParseCase([]byte(`{
		"format": "why403.case/v1", "event": {"eventName": "GetObject"},
		"context": {"aws:SourceIp": ["203.0.113.7", "2001:db8::1"], "aws:SecureTransport": true, "s3:TlsVersion": 1.20, "aws:TagKeys": [], "s3:prefix": ""}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]evidence.Values{
		"aws:SourceIp": {"203.0.113.7", "2001:db8::1"}, "aws:SecureTransport": {"true"}, "s3:TlsVersion": {"1.20"},
		"aws:TagKeys": {}, "s3:prefix": {""},
	}
	if diff := cmp.Diff(want, c.Context); diff != "" {
		t.Error(diff)
	}
}

func TestRequestAll(t *testing.T) {
	one := evidence.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "222222222222"}
	if diff := cmp.Diff([]evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Account: "222222222222"}}, one.All()); diff != "" {
		t.Error(diff)
	}
	two := evidence.Request{Authorizations: []evidence.RequestAuthorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/k"}, {Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "222222222222"}}}
	if diff := cmp.Diff([]evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/k"}, {Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k", Account: "222222222222"}}, two.All()); diff != "" {
		t.Error(diff)
	}
}

func TestContextLookup(t *testing.T) {
	c := evidence.Context{
		{Name: "aws:SourceIp", State: evidence.KeyPresent, Values: []string{"203.0.113.7"}},
		{Name: "aws:SourceVpce", State: evidence.KeyAbsent, Because: "no endpoint"},
		{Name: "aws:PrincipalTag/Team", State: evidence.KeyPresent, Values: []string{"blue"}},
	}
	for name, want := range map[string]evidence.KeyState{
		"aws:SourceIp": evidence.KeyPresent, "AWS:sourceip": evidence.KeyPresent, "aws:sourcevpce": evidence.KeyAbsent,
		"aws:principaltag/team": evidence.KeyPresent, "aws:SourceVpc": evidence.KeyUnknown, "": evidence.KeyUnknown,
	} {
		if got := c.Lookup(name); got.State != want {
			t.Errorf("%q is %v, want %v", name, got.State, want)
		}
	}
	if got := c.Lookup("s3:prefix"); got.Name != "s3:prefix" || got.Values != nil {
		t.Errorf("a key that is not listed is %+v", got)
	}
	for state, want := range map[evidence.KeyState]string{evidence.KeyUnknown: "unknown", evidence.KeyAbsent: "absent", evidence.KeyPresent: "present"} {
		if state.String() != want {
			t.Errorf("got %q, want %q", state, want)
		}
	}
}

func TestIsCase(t *testing.T) {
	for doc, want := range map[string]bool{
		`{"format": "why403.case/v1"}`:      true,
		`{"format": "why403.case/v9"}`:      true, // ParseCase says that it is of another version
		`{"format": "why403.diagnosis/v1"}`: false,
		`{"format": 1}`:                     false,
		`{"eventName": "GetObject"}`:        false,
		`{"format": "why403.case/v1"`:       false,
		`[]`:                                false,
		`null`:                              false,
		``:                                  false,
	} {
		if got := evidence.IsCase([]byte(doc)); got != want {
			t.Errorf("%s: got %v, want %v", doc, got, want)
		}
	}
}

// TestReadAtIsLeftOut: a time that is not known is not written as the year 1.
func TestReadAtIsLeftOut(t *testing.T) {
	b, err := json.Marshal(evidence.Case{Format: evidence.CaseFormat, Evidence: evidence.Evidence{Distributions: evidence.Known([]string{})}})
	if err != nil || strings.Contains(string(b), "0001") {
		t.Errorf("got %s, %v", b, err)
	}
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	b, err = json.Marshal(evidence.Evidence{ReadAt: at})
	if err != nil || string(b) != `{"readAt":"2026-11-23T10:00:00Z"}` {
		t.Errorf("got %s, %v", b, err)
	}
}

// FuzzParseCase: no document makes it panic, and what it takes can be written and
// taken again.
func FuzzParseCase(f *testing.F) {
	for _, pattern := range []string{"/case-*.json", "/bad/case-*.json"} {
		for _, file := range glob(f, examples+pattern) {
			f.Add(read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return
		}
		if !evidence.IsCase(doc) {
			t.Error("taken, and not recognized as a case")
		}
		// The first time it may lose what is empty; from then on it stays the same.
		var written [3]string
		for i := range written {
			b, err := json.Marshal(c)
			if err != nil {
				t.Fatalf("cannot be written: %v", err)
			}
			written[i] = string(b)
			if c, err = evidence.ParseCase(b); err != nil {
				t.Fatalf("written, and not taken again: %v\n%s", err, b)
			}
		}
		if written[1] != written[2] {
			t.Errorf("not the same:\n%s\n%s", written[1], written[2])
		}
	})
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return files
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
