package diagnosis_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

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

// diagnosed are the diagnoses of the corpus, made once for all tests.
var diagnosed sync.Map // of the place of a case

func (c *corpusCase) diagnose(t testing.TB) diagnosis.Diagnosis {
	t.Helper()
	if x, ok := diagnosed.Load(c.Place); ok {
		return x.(diagnosis.Diagnosis) //nolint:forcetypeassert // it is what is stored
	}
	x := c.again(t)
	diagnosed.Store(c.Place, x)
	return x
}

// again diagnoses a case, whether that was done before or not.
func (c *corpusCase) again(t testing.TB) diagnosis.Diagnosis {
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
