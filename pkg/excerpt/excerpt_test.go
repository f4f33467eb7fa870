package excerpt

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

const role = "arn:aws:iam::111111111111:role/team/app"

func reason(source string, change func(*diagnosis.Reason)) diagnosis.Reason {
	n := 3
	r := diagnosis.Reason{Layer: evidence.LayerIdentity, Policy: "app-data", Statement: &n, Effect: "Allow", Matches: "no", Source: json.RawMessage(source)}
	change(&r)
	return r
}

// draw shows lines with their marks and words.
func draw(lines []Line) []string {
	var out []string
	for _, l := range lines {
		text := l.Text
		if l.Matches {
			text += " matches"
		}
		out = append(out, text)
		if l.To > l.From {
			out = append(out, strings.Repeat(" ", l.From)+strings.Repeat("^", l.To-l.From))
		}
	}
	return out
}

func TestLines(t *testing.T) {
	x := diagnosis.Diagnosis{Denial: diagnosis.Denial{
		Principal:      evidence.Principal{Type: evidence.PrincipalRole, ARN: role, Account: "111111111111"},
		Authorizations: []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/home/report.csv"}},
	}}
	tests := []struct {
		name  string
		r     diagnosis.Reason
		width int
		only  bool
		want  []string
	}{
		{
			name: "what fails is marked, what was looked at before fits, what comes after is not told",
			r: reason(`{"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Resource":"arn:aws:s3:::acme-data","Action":["s3:GetObject"],"Effect":"Allow","Sid":"Read"}`,
				func(r *diagnosis.Reason) {
					r.Element, r.Got = "Resource", []string{"arn:aws:s3:::acme-data/home/report.csv"}
				}),
			want: []string{
				`"Sid": "Read",`,
				`"Effect": "Allow",`,
				`"Action": ["s3:GetObject"], matches`,
				`"Resource": "arn:aws:s3:::acme-data",`,
				`             ^^^^^^^^^^^^^^^^^^^^^^`,
				`"Condition": {"Bool": {"aws:SecureTransport": "true"}}`,
			},
		},
		{
			name: "a variable may be anything",
			r: reason(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::acme-data/${aws:username}/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`,
				func(r *diagnosis.Reason) {
					r.Element, r.Operator, r.Key = "Condition", "Bool", "aws:SecureTransport"
				}),
			want: []string{
				`"Effect": "Allow",`,
				`"Action": "s3:*", matches`,
				`"Resource": "arn:aws:s3:::acme-data/${aws:username}/*",`,
				`"Condition": {"Bool": {"aws:SecureTransport": "true"}}`,
				`                        ^^^^^^^^^^^^^^^^^^^`,
			},
		},
		{
			name: "a Deny that matches fits in every element",
			r: reason(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`,
				func(r *diagnosis.Reason) {
					r.Effect, r.Matches, r.Element, r.Operator, r.Key = "Deny", "yes", "Condition", "StringNotEquals", "aws:SourceVpce"
				}),
			want: []string{
				`"Effect": "Deny",`,
				`"Principal": "*", matches`,
				`"Action": "s3:*", matches`,
				`"Resource": "*", matches`,
				`"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}`,
				`                                   ^^^^^^^^^^^^^^`,
			},
		},
		{
			name: "a Deny without a condition decides by what it is",
			r:    reason(`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`, func(r *diagnosis.Reason) { r.Effect, r.Matches = "Deny", "yes" }),
			want: []string{`"Effect": "Deny",`, `           ^^^^`, `"Action": "s3:*", matches`, `"Resource": "*" matches`},
		},
		{
			name: "a list that is too long keeps the value that matters", width: 50,
			r: reason(`{"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject","s3:RestoreObject","s3:Get*"],"Resource":["arn:aws:s3:::other/*","arn:aws:s3:::acme-data/work/*"]}`,
				func(r *diagnosis.Reason) {
					r.Element, r.Got = "Resource", []string{"arn:aws:s3:::acme-data/home/report.csv"}
				}),
			want: []string{
				`"Effect": "Allow",`,
				`"Action": ["s3:PutObject", "s3:Get*", … 2 more], matches`,
				`"Resource": ["arn:aws:s3:::acme-data/work/*", … 1 more]`,
				`              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`,
			},
		},
		{
			name: "of many conditions the one that decides is shown", width: 40,
			r: reason(`{"Effect":"Allow","Action":"s3:*","Condition":{"Bool":{"aws:a":"1"},"StringLike":{"aws:b":"2"},"Null":{"aws:c":"3"},"StringEquals":{"aws:d":"4"},"IpAddress":{"aws:e":"5"},"ArnLike":{"aws:f":"6"}}}`,
				func(r *diagnosis.Reason) { r.Element, r.Operator, r.Key = "Condition", "IpAddress", "aws:e" }),
			want: []string{
				`"Effect": "Allow",`,
				`"Action": "s3:*", matches`,
				`"Condition": {`,
				`  "Bool": {"aws:a": "1"},`,
				`  "StringLike": {"aws:b": "2"},`,
				`  "Null": {"aws:c": "3"},`,
				`  "IpAddress": {"aws:e": "5"},`,
				`                 ^^^^^`,
				`  … 2 more`,
				`}`,
			},
		},
		{
			name: "only what decides", only: true,
			r: reason(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`,
				func(r *diagnosis.Reason) { r.Element, r.Got = "Action", []string{"s3:GetObject"} }),
			want: []string{`"Action": "kms:*"`, `           ^^^^^`},
		},
		{
			name: "an empty value is marked with its quotation marks", only: true,
			r:    reason(`{"Resource":""}`, func(r *diagnosis.Reason) { r.Element = "Resource" }),
			want: []string{`"Resource": ""`, `            ^^`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.width == 0 {
				tt.width = 94
			}
			got, ok := Lines(x, tt.r, Options{Width: tt.width, Quote: strconv.QuoteToASCII, More: "…", Only: tt.only})
			if diff := cmp.Diff(tt.want, draw(got)); diff != "" || !ok {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func TestNote(t *testing.T) {
	tests := []struct{ operator, matches, state, want string }{
		{"StringNotEquals", "yes", "absent", "negated"},
		{"NotIpAddress", "yes", "absent", "negated"},
		{"StringNotEquals", "yes", "", ""},
		{"StringEqualsIfExists", "yes", "absent", "with IfExists"},
		{"ForAllValues:StringEquals", "yes", "absent", "ForAllValues"},
		{"StringEquals", "no", "absent", "without IfExists"},
		{"Null", "yes", "absent", ""},
		{"Null", "no", "absent", ""},
		{"StringEquals", "unknown", "unknown", ""},
	}
	for _, tt := range tests {
		got := Note(diagnosis.Reason{Element: "Condition", Operator: tt.operator, Matches: tt.matches, State: tt.state})
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s, %s, %s: %q, want %q", tt.operator, tt.matches, tt.state, got, tt.want)
		}
	}
}

func TestSaid(t *testing.T) {
	tests := []struct {
		sentence, fact string
		want           bool
	}{
		{"The bucket has no policy, and so on", "the bucket has no policy", true},
		{"The bucket is Requester Pays and the request did not accept the charges", "the bucket is Requester Pays, and the request does not accept the charge", true},
		{"The key is in state Disabled", "the bucket is Requester Pays, and the request does not accept the charge", false},
		{"The object is of the bucket's account and exists there now", "the object is not of the bucket's account and exists there now", false},
		{"", "AWS manages the key, for its own account only: its policy cannot be changed", false},
		{"the object", "the object exists", false},
	}
	for _, tt := range tests {
		if got := Said(tt.sentence, tt.fact); got != tt.want {
			t.Errorf("%q in %q: %v", tt.fact, tt.sentence, got)
		}
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"*", "a/b", true},
		{"a*c", "abbc", true},
		{"a*c", "abcd", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"", "a", false},
		{"", "", true},
	}
	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("%s, %s: %v", tt.pattern, tt.s, got)
		}
	}
}

func TestPlace(t *testing.T) {
	d := diagnosis.Denial{Bucket: "acme-data", VPCEndpointID: "vpce-0abc"}
	two := diagnosis.Denial{Authorizations: []evidence.Authorization{{Resource: "arn:aws:s3:::a/k"}, {Resource: "arn:aws:s3:::b/k"}}}
	tests := []struct {
		layer evidence.Layer
		d     diagnosis.Denial
		want  string
	}{
		{evidence.LayerBucketPolicy, d, `bucket policy of acme-data, statement 3 "S"`},
		{evidence.LayerBucketPolicy, two, `bucket policy, statement 3 "S"`},
		{evidence.LayerIdentity, d, `IAM policy app-data, statement 3 "S"`},
		{evidence.LayerKeyPolicy, d, `key policy, statement 3 "S"`},
		{evidence.LayerVPCE, d, `policy of VPC endpoint vpce-0abc, statement 3 "S"`},
		{evidence.LayerSCP, d, `service control policy app-data at ou-1, statement 3 "S"`},
	}
	for _, tt := range tests {
		r := reason("", func(r *diagnosis.Reason) { r.Layer, r.SID = tt.layer, "S" })
		if tt.layer == evidence.LayerSCP {
			r.At = "ou-1"
		}
		if got := strings.Join(Place(r, tt.d, func(s string) string { return s }), " "); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestReads(t *testing.T) {
	tests := []struct {
		need string
		want []Read
	}{
		{"", nil},
		{"s3:GetBucketPolicy in 222222222222", []Read{{[]string{"s3:GetBucketPolicy"}, "222222222222"}}},
		{"a, b in 1; c in 2; d in 1", []Read{{[]string{"a", "b", "d"}, "1"}, {[]string{"c"}, "2"}}},
		{"a in the bucket's account (not known)", []Read{{[]string{"a"}, "the bucket's account (not known)"}}},
		{"the header itself", []Read{{[]string{"the header itself"}, ""}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Reads(tt.need)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.need, diff)
		}
	}
}

func TestJSON(t *testing.T) {
	o := Options{Width: 40, Quote: strconv.QuoteToASCII}
	tests := []struct{ doc, want string }{
		{`{"Resource":"*","Action":["s3:GetObject"],"Effect":"Allow"}`, "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\"s3:GetObject\"],\n  \"Resource\": \"*\"\n}"},
		{`{"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"]}`, "{\n  \"Action\": [\n    \"s3:GetObject\",\n    \"s3:PutObject\",\n    \"s3:DeleteObject\"\n  ]\n}"},
		{`{"a":{}}`, `{"a": {}}`},
		{`[1,null]`, "[\n  1,\n  null\n]"},
	}
	for _, tt := range tests {
		lines, ok := JSON([]byte(tt.doc), o)
		if got := strings.Join(lines, "\n"); got != tt.want || !ok {
			t.Errorf("%s:\n%s\nwant\n%s", tt.doc, got, tt.want)
		}
		if !json.Valid([]byte(strings.Join(lines, "\n"))) {
			t.Errorf("%s is JSON no longer", tt.doc)
		}
	}
	for _, doc := range []string{"", "1", `"x"`, "{", "{}{}"} {
		if _, ok := JSON([]byte(doc), o); ok {
			t.Errorf("%s is taken for a statement", doc)
		}
	}
}
