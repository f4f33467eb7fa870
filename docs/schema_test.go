// Package docs_test holds the schemas of the two JSON formats to examples: good
// ones that together use every field, and bad ones with one planted mistake each.
package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compile loads a schema of this folder; that checks it against its own
// metaschema. Formats such as date-time are asserted.
func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(file)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

func load(t *testing.T, file string) any {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no files match %s", pattern)
	}
	return files
}

var kinds = []string{"case", "diagnosis"}

func TestGoodExamples(t *testing.T) {
	for _, kind := range kinds {
		schema := compile(t, kind+".schema.json")
		for _, file := range glob(t, "testdata/"+kind+"-*.json") {
			t.Run(filepath.Base(file), func(t *testing.T) {
				if err := schema.Validate(load(t, file)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestEveryFieldHasAnExample keeps the examples complete: a field that a schema
// describes is in at least one of them.
func TestEveryFieldHasAnExample(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			shown := map[string]bool{}
			for _, file := range glob(t, "testdata/"+kind+"-*.json") {
				walk(load(t, file), func(object map[string]any) {
					for name := range object {
						shown[name] = true
					}
				})
			}
			var missing []string
			walk(load(t, kind+".schema.json"), func(object map[string]any) {
				described, _ := object["properties"].(map[string]any)
				for name := range described {
					if !shown[name] {
						missing = append(missing, name)
					}
				}
			})
			slices.Sort(missing)
			if missing = slices.Compact(missing); len(missing) > 0 {
				t.Errorf("no example of kind %s has %s", kind, strings.Join(missing, ", "))
			}
		})
	}
}

// walk calls visit for every object in a document.
func walk(doc any, visit func(map[string]any)) {
	switch x := doc.(type) {
	case map[string]any:
		visit(x)
		for _, v := range x {
			walk(v, visit)
		}
	case []any:
		for _, v := range x {
			walk(v, visit)
		}
	}
}

// TestBadExamples refuses each file of testdata/bad, at the place of its
// mistake; with the mistake mended the same file passes, so that it is refused
// for that and nothing else.
func TestBadExamples(t *testing.T) {
	const policy = `{"known": {"Version": "2012-10-17", "Statement": []}}`
	tests := []struct {
		file string
		why  string
		at   string // where the schema complains
		mend string // what to change: a JSON pointer; "" is at
		to   string // the value that mends it; "" takes the field away
	}{
		{file: "case-other-version.json", why: "a format of another version", at: "/format", to: `"why403.case/v1"`},
		{file: "case-no-format.json", why: "nothing says that it is a case", at: "", mend: "/format", to: `"why403.case/v1"`},
		{file: "case-event-and-request.json", why: "two questions in one case", at: "", mend: "/request"},
		{file: "case-neither.json", why: "no question", at: "", mend: "/event", to: `{"eventName": "GetObject"}`},
		{file: "case-event-without-name.json", why: "not an event", at: "/event", mend: "/event/eventName", to: `"GetObject"`},
		{file: "case-credentials.json", why: "credentials of a presigned URL", at: "/event/requestParameters/X-Amz-Security-Token"},
		{file: "case-credentials-in-detail.json", why: "the same in an EventBridge event", at: "/event/detail/requestParameters/X-Amz-Signature"},

		{file: "case-principal-type.json", why: "an unknown type of principal", at: "/request/principal/type", to: `"role"`},
		{file: "case-service-without-name.json", why: "which service?", at: "/request/principal", mend: "/request/principal/service", to: `"config.amazonaws.com"`},
		{file: "case-role-without-arn.json", why: "which role?", at: "/request/principal", mend: "/request/principal/id", to: `"AROAEXAMPLE"`},
		{file: "case-action-and-authorizations.json", why: "both ways to ask at once", at: "/request/authorizations", to: `[]`},
		{file: "case-no-action.json", why: "no action to ask about", at: "/request", mend: "/request/action", to: `"s3:GetObject"`},
		{file: "case-authorization-without-resource.json", why: "an action on nothing", at: "/request/authorizations/0", mend: "/request/authorizations/0/resource", to: `"*"`},
		{file: "case-action-without-service.json", why: "GetObject of which service?", at: "/request/action", to: `"s3:GetObject"`},
		{file: "case-context-complete-word.json", why: "a word for a boolean", at: "/request/contextComplete", to: `true`},
		{file: "case-context-object.json", why: "a condition key has values, not fields", at: "/context/aws:SourceIp", to: `["203.0.113.7"]`},
		{file: "case-context-name.json", why: "a condition key has a prefix", at: "/context", mend: "/context/SourceIp"},

		{file: "case-read-misspelt.json", why: "a typo would pass for not read", at: "/evidence/buckets/acme-data/policy", to: policy},
		{file: "case-read-two-states.json", why: "known and absent at once", at: "/evidence/buckets/acme-data/policy", to: policy},
		{file: "case-read-no-state.json", why: "neither known nor absent nor unreadable", at: "/evidence/buckets/acme-data/policy", to: policy},
		{file: "case-read-bare.json", why: "a value without its state", at: "/evidence/buckets/acme-data/policy", to: policy},
		{file: "case-read-null.json", why: "what was not read is left out", at: "/evidence/buckets/acme-data/policy", to: policy},
		{file: "case-read-known-null.json", why: "known to be what?", at: "/evidence/buckets/acme-data/policy/known", to: `{}`},
		{file: "case-read-unreadable-silent.json", why: "unreadable without a reason", at: "/evidence/buckets/acme-data/policy/unreadable", to: `"AccessDenied"`},
		{file: "case-read-absent-true.json", why: "absent takes AWS's word for it", at: "/evidence/buckets/acme-data/policy/absent", to: `"NoSuchBucketPolicy"`},
		{file: "case-field-misspelt.json", why: "an unknown field may be added, but it is a read", at: "/evidence/buckets/acme-data/polcy", to: policy},
		{file: "case-version-field-misspelt.json", why: "the same in a version of an object", at: "/evidence/objects/acme-data~1a.txt/versions/v1/heads", to: `{"known": {}}`},
		{file: "case-document-string.json", why: "a policy document is JSON, not a string", at: "/evidence/buckets/acme-data/policy/known", to: `{}`},
		{file: "case-policy-without-document.json", why: "only AWS's own policies are known by name", at: "/evidence/principals/arn:aws:iam::111111111111:role~1app/policies/known/0", mend: "/evidence/principals/arn:aws:iam::111111111111:role~1app/policies/known/0/document", to: `{}`},
		{file: "case-policy-two-ways.json", why: "a document that was also unreadable", at: "/evidence/principals/arn:aws:iam::111111111111:role~1app/policies/known/0", mend: "/evidence/principals/arn:aws:iam::111111111111:role~1app/policies/known/0/unreadable"},
		{file: "case-policy-kind.json", why: "an unknown kind of policy", at: "/evidence/principals/arn:aws:iam::111111111111:role~1app/boundary/known/kind", to: `"boundary"`},
		{file: "case-policies-not-a-list.json", why: "policies are a list", at: "/evidence/principals/arn:aws:iam::111111111111:role~1app/policies/known", to: `[]`},
		{file: "case-ownership-value.json", why: "S3 has no such ownership", at: "/evidence/buckets/acme-data/ownershipControls/known/ObjectOwnership", to: `"ObjectWriter"`},
		{file: "case-bpa-word.json", why: "a word for a boolean", at: "/evidence/accounts/111111111111/publicAccessBlock/known/BlockPublicAcls", to: `true`},
		{file: "case-account-id.json", why: "an account id has 12 digits", at: "/evidence/accounts", mend: "/evidence/accounts/1111"},
		{file: "case-account-number.json", why: "an account id is a string: it may start with 0", at: "/evidence/buckets/acme-data/account/known", to: `"222222222222"`},
		{file: "case-grantee-without-id.json", why: "a grant to whom?", at: "/evidence/buckets/acme-data/acl/known/Grants/0/Grantee", mend: "/evidence/buckets/acme-data/acl/known/Grants/0/Grantee/ID", to: `"2222bbbb"`},
		{file: "case-object-without-bucket.json", why: "objects are named bucket/key", at: "/evidence/objects", mend: "/evidence/objects/a.txt"},
		{file: "case-key-by-alias.json", why: "keys are named by key ARN", at: "/evidence/keys", mend: "/evidence/keys/alias~1data"},
		{file: "case-read-at.json", why: "not a time", at: "/evidence/readAt", to: `"2026-11-23T10:00:00Z"`},

		{file: "diagnosis-other-version.json", why: "a format of another version", at: "/format", to: `"why403.diagnosis/v1"`},
		{file: "diagnosis-outcome.json", why: "an unknown outcome", at: "/outcome", to: `"explained"`},
		{file: "diagnosis-explained-without-cause.json", why: "explained by what?", at: "/cause", to: `{"id": "SCP", "confidence": "likely", "summary": "An SCP."}`},
		{file: "diagnosis-unexplained-with-cause.json", why: "a cause explains", at: "/cause", to: `null`},
		{file: "diagnosis-undetermined-without-open.json", why: "which evidence is missing?", at: "/open", to: `[{"id": "SCP", "because": "not read"}]`},
		{file: "diagnosis-ignored-without-because.json", why: "ignored why?", at: "", mend: "/because", to: `"not an event of S3"`},
		{file: "diagnosis-without-checks.json", why: "readers rely on the lists being there", at: "", mend: "/checks", to: `[]`},
		{file: "diagnosis-list-null.json", why: "an empty list is [], not null", at: "/ruledOut", to: `[]`},
		{file: "diagnosis-cause-id.json", why: "causes are named in capitals", at: "/cause/id", to: `"SCP"`},
		{file: "diagnosis-confidence.json", why: "what is only possible is no cause", at: "/cause/confidence", to: `"likely"`},
		{file: "diagnosis-cause-without-summary.json", why: "a cause is said in a sentence", at: "/cause", mend: "/cause/summary", to: `"An SCP."`},
		{file: "diagnosis-doc.json", why: "a link that is not https", at: "/cause/doc", to: `"https://docs.aws.amazon.com/"`},
		{file: "diagnosis-layer.json", why: "an unknown layer", at: "/checks/0/layer", to: `"scp"`},
		{file: "diagnosis-verdict.json", why: "an unknown verdict", at: "/checks/0/verdict", to: `"no-allow"`},
		{file: "diagnosis-reason-layer.json", why: "an unknown layer in a reason", at: "/cause/because/0/layer", to: `"scp"`},
		{file: "diagnosis-statement.json", why: "statements count from 0", at: "/cause/because/0/statement", to: `0`},
		{file: "diagnosis-wanted.json", why: "wanted is a list", at: "/cause/because/0/wanted", to: `["eu-*"]`},
		{file: "diagnosis-ruled-out-without-because.json", why: "ruled out by what?", at: "/ruledOut/0", mend: "/ruledOut/0/because", to: `"Payer is BucketOwner"`},
		{file: "diagnosis-message-kind.json", why: "a Deny is explicit or implicit", at: "/message/kind", to: `"explicit"`},
		{file: "diagnosis-ask-without-because.json", why: "intended, says who?", at: "/intended", mend: "/intended/because", to: `"explicit deny"`},
		{file: "diagnosis-step-without-title.json", why: "a step that says nothing", at: "/remedy/steps/0", mend: "/remedy/steps/0/title", to: `"Detach the SCP"`},
		{file: "diagnosis-verified.json", why: "verified is yes or no", at: "/remedy/verified", to: `false`},
	}

	schemas := map[string]*jsonschema.Schema{}
	for _, kind := range kinds {
		schemas[kind] = compile(t, kind+".schema.json")
	}
	listed := map[string]bool{}
	for _, tt := range tests {
		listed[filepath.Join("testdata", "bad", tt.file)] = true
		t.Run(tt.file, func(t *testing.T) {
			kind, _, _ := strings.Cut(tt.file, "-")
			schema := schemas[kind]
			doc := load(t, filepath.Join("testdata", "bad", tt.file))

			err := schema.Validate(doc)
			if err == nil {
				t.Fatalf("accepted; want it refused: %s", tt.why)
			}
			if places := complaints(err); !slices.Contains(places, tt.at) {
				t.Errorf("refused at %q, want %q: %s\n%v", places, tt.at, tt.why, err)
			}

			mend := tt.mend
			if mend == "" {
				mend = tt.at
			}
			if err := edit(doc, mend, tt.to); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("still refused after mending %s; the file has another mistake: %v", mend, err)
			}
		})
	}
	for _, file := range glob(t, "testdata/bad/*.json") {
		if !listed[file] {
			t.Errorf("%s is in no row of the table", file)
		}
	}
}

// complaints returns the places, as JSON pointers, of the innermost errors.
func complaints(err error) []string {
	var places []string
	var visit func(*jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			visit(cause)
		}
		if len(e.Causes) == 0 {
			var b strings.Builder
			for _, name := range e.InstanceLocation {
				b.WriteString("/" + escape.Replace(name))
			}
			places = append(places, b.String())
		}
	}
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		visit(invalid)
	}
	slices.Sort(places)
	return slices.Compact(places)
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// edit sets the value at a JSON pointer, or takes the field away if value is "".
func edit(doc any, pointer, value string) error {
	var v any
	if value != "" {
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			return fmt.Errorf("value for %s: %w", pointer, err)
		}
	}
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, name := range names {
		name = unescape.Replace(name)
		switch x := doc.(type) {
		case map[string]any:
			if i < len(names)-1 {
				doc = x[name]
			} else if value == "" {
				if _, ok := x[name]; !ok {
					return fmt.Errorf("%s: there is no such field to take away", pointer)
				}
				delete(x, name)
			} else {
				x[name] = v
			}
		case []any:
			var n int
			if _, err := fmt.Sscan(name, &n); err != nil || n < 0 || n >= len(x) || i == len(names)-1 {
				return fmt.Errorf("%s: cannot follow %q", pointer, name)
			}
			doc = x[n]
		default:
			return fmt.Errorf("%s: nothing at %q", pointer, name)
		}
	}
	return nil
}
