package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

const samples = "../../events"

// sample is one record of a sample file.
type sample struct {
	name string // of the file; with the place in it where it holds several
	diagnosis.Diagnosis
	denial  trail.Denial
	ignored bool
}

// readSamples reads every record of every sample file, whatever its envelope.
func readSamples(t testing.TB) []sample {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(samples, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	var all []sample
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, doc := range records(doc) {
			d, ignored, err := trail.Parse(doc)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			s := sample{name: strings.TrimSuffix(filepath.Base(file), ".json"), denial: d, ignored: ignored != ""}
			if i > 0 {
				s.name += " " + string(rune('0'+i))
			}
			if s.ignored {
				s.Diagnosis = diagnosis.Ignore(d, ignored)
			} else {
				s.Diagnosis = diagnosis.FromDenial(d)
			}
			all = append(all, s)
		}
	}
	return all
}

// records takes a log file or an SQS batch apart.
func records(doc []byte) [][]byte {
	var file struct {
		Records []struct {
			Body string `json:"body"`
		}
	}
	var raw struct{ Records []json.RawMessage }
	if json.Unmarshal(doc, &file) != nil || json.Unmarshal(doc, &raw) != nil || len(raw.Records) == 0 {
		return [][]byte{doc}
	}
	var all [][]byte
	for i, r := range raw.Records {
		if body := file.Records[i].Body; body != "" {
			r = json.RawMessage(body)
		}
		all = append(all, r)
	}
	return all
}

// schema is that of a diagnosis.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/diagnosis.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a diagnosis to the schema, and to what a schema cannot say.
func validate(t testing.TB, s *jsonschema.Schema, x diagnosis.Diagnosis) {
	t.Helper()
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%v\n%s", err, b)
	}
	var open, out []diagnosis.CauseID
	for _, o := range x.Open {
		open = append(open, o.ID)
	}
	for _, o := range x.RuledOut {
		out = append(out, o.ID)
		if slices.Contains(open, o.ID) {
			t.Errorf("%s is open and ruled out", o.ID)
		}
		if x.Cause != nil && x.Cause.ID == o.ID {
			t.Errorf("%s is the cause and ruled out", o.ID)
		}
	}
	for _, ids := range [][]diagnosis.CauseID{open, out} {
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("a cause twice in %v", ids)
		}
	}
	for _, id := range append(open, out...) {
		if _, ok := diagnosis.Info(id); !ok {
			t.Errorf("%s is no cause", id)
		}
	}
	if x.Cause != nil && slices.Contains(open, x.Cause.ID) {
		t.Errorf("%s is the cause and open", x.Cause.ID)
	}
	if x.Remedy.Verified {
		t.Error("a remedy is verified although nothing was read")
	}
}

const (
	requester = "111111111111"
	owner     = "222222222222"
	stranger  = "333333333333"
	keyOwner  = "444444444444"
	manager   = "999999999999"
	aKey      = "arn:aws:kms:us-east-1:" + keyOwner + ":key/5f0c2a94-71be-4d0e-9a3f-0e6d4c8b1a27"
)

// denied is the refusal of reading acme-data/home/report.csv to role team/app of
// another account of the organization, with this text of AWS's.
func denied(message string, edits ...func(*trail.Denial)) trail.Denial {
	d := trail.Denial{
		EventID: "e", Region: "us-east-1", Partition: "aws", Recipient: owner, Category: trail.CategoryData,
		Service: "s3.amazonaws.com", Operation: "GetObject",
		Principal: evidence.Principal{
			Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/app", Account: requester,
			ID: "AROAEXAMPLE", Session: "job-1", AccessKeyID: "ASIAEXAMPLE",
		},
		Authorizations: []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/home/report.csv", Account: owner}},
		Bucket:         "acme-data", Key: "home/report.csv", BucketAccount: owner,
		ErrorCode: "AccessDenied", ErrorMessage: message,
	}
	for _, edit := range edits {
		edit(&d)
	}
	d.Message = trail.ParseMessage(d.ErrorMessage)
	if m := d.Message; m.Action != "" {
		named := slices.ContainsFunc(d.Authorizations, func(a evidence.Authorization) bool { return strings.EqualFold(a.Action, m.Action) })
		if !named {
			d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: m.Action, Resource: m.Resource})
		}
	}
	return d
}

// says is AWS's message on an action of role team/app.
func says(action, resource, reason string) string {
	on := ""
	if resource != "" {
		on = ` on resource: "` + resource + `"`
	}
	return "User: arn:aws:sts::111111111111:assumed-role/app/job-1 is not authorized to perform: " + action + on + " " + reason
}

const (
	noIdentity   = "because no identity-based policy allows the action"
	noResource   = "because no resource-based policy allows the action"
	denyIdentity = "with an explicit deny in an identity-based policy"
	denyResource = "with an explicit deny in a resource-based policy"
	theObject    = "arn:aws:s3:::acme-data/home/report.csv"
	theBucket    = "arn:aws:s3:::acme-data"
	thePoint     = "arn:aws:s3:us-east-1:222222222222:accesspoint/finance"
)

// The edits of a denial.
func by(p evidence.Principal) func(*trail.Denial) {
	return func(d *trail.Denial) { d.Principal = p }
}

func ofAccount(account string) func(*trail.Denial) {
	return func(d *trail.Denial) {
		d.BucketAccount = account
		for i := range d.Authorizations {
			d.Authorizations[i].Account = account
		}
	}
}

func call(operation, action, resource string) func(*trail.Denial) {
	return func(d *trail.Denial) {
		d.Operation = operation
		d.Authorizations = []evidence.Authorization{{Action: action, Resource: resource, Account: d.BucketAccount}}
		if !strings.Contains(resource, "/") {
			d.Key = ""
		}
	}
}

func code(c string) func(*trail.Denial) { return func(d *trail.Denial) { d.ErrorCode = c } }

var (
	root      = evidence.Principal{Type: evidence.PrincipalRoot, ARN: "arn:aws:iam::111111111111:root", Account: requester}
	anonymous = evidence.Principal{Type: evidence.PrincipalAnonymous}
	config    = evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"}
	oai       = evidence.Principal{Type: evidence.PrincipalAccount, Account: "CloudFront", ID: "AIDAEXAMPLE"}
	user      = evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/ops/bob", Account: requester, ID: "AIDAEXAMPLE"}
	linked    = evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie", Account: requester}
	federated = evidence.Principal{Type: evidence.PrincipalFederated, ARN: "arn:aws:sts::111111111111:federated-user/kim", Account: requester, Session: "kim", Issuer: "arn:aws:iam::111111111111:user/broker"}
	nobody    = evidence.Principal{Type: evidence.PrincipalAccount, Account: requester, ID: "AIDAEXAMPLE"}
)

func openIDs(x diagnosis.Diagnosis) []string {
	var ids []string
	for _, o := range x.Open {
		ids = append(ids, string(o.ID))
	}
	return ids
}

func ruledOutIDs(x diagnosis.Diagnosis) []string {
	var ids []string
	for _, o := range x.RuledOut {
		ids = append(ids, string(o.ID))
	}
	return ids
}

func causeID(x diagnosis.Diagnosis) string {
	if x.Cause == nil {
		return ""
	}
	return string(x.Cause.ID)
}

func verdict(x diagnosis.Diagnosis, l evidence.Layer) diagnosis.Verdict {
	for _, c := range x.Checks {
		if c.Layer == l {
			return c.Verdict
		}
	}
	return ""
}
