package trail

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScrub(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
		{"a presigned URL's parameters", `{"requestParameters":{"key":"a","X-Amz-Algorithm":"AWS4-HMAC-SHA256","X-Amz-Credential":"s3cret","X-Amz-Date":"20261123T095138Z","X-Amz-Expires":"900","X-Amz-Security-Token":"s3cret","X-Amz-Signature":"s3cret","X-Amz-SignedHeaders":"host"}}`,
			`{"requestParameters":{"key":"a","X-Amz-Algorithm":"AWS4-HMAC-SHA256","X-Amz-Date":"20261123T095138Z","X-Amz-Expires":"900","X-Amz-SignedHeaders":"host"}}`},
		{"small letters", `{"x-amz-signature":"s3cret","a":1}`, `{"a":1}`},
		{"capital letters", `{"X-AMZ-SECURITY-TOKEN":"s3cret","a":1}`, `{"a":1}`},
		{"letters of any case", `{"x-aMz-CREDENTIAL":"s3cret","X-amz-SIGnature":"s3cret","a":1}`, `{"a":1}`},
		{"a list, as in old records", `{"X-Amz-Signature":["s3cret"],"a":1}`, `{"a":1}`},
		{"deep in others", `{"a":[[{"b":{"x-amz-signature":"s3cret","c":[1]}}]]}`, `{"a":[[{"b":{"c":[1]}}]]}`},
		{"a name with an escaped letter", `{"x-amz-\u0073ignature":"s3cret","a":1}`, `{"a":1}`},
		{"a name with escaped hyphens", `{"X\u002dAmz\u002DCredential":"s3cret","a":1}`, `{"a":1}`},
		// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
		{"signature version 2", `{"AWSAccessKeyId":"s3cret","Signature":"s3cret","Expires":"1","a":1}`, `{"Expires":"1","a":1}`},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
		{"keys of SSE-C, but neither algorithm nor digest", `{"x-amz-server-side-encryption-customer-key":"s3cret","x-amz-copy-source-server-side-encryption-customer-key":"s3cret","x-amz-server-side-encryption-customer-algorithm":"AES256","x-amz-server-side-encryption-customer-key-MD5":"d"}`,
			`{"x-amz-server-side-encryption-customer-algorithm":"AES256","x-amz-server-side-encryption-customer-key-MD5":"d"}`},
		{"what STS issues", `{"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE","sessionToken":"s3cret","secretAccessKey":"s3cret"}}}`,
			`{"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}}`},

		{"an URL in another header", `{"Referer":"https://acme-data.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=s3cret%2F20261123&X-Amz-Signature=s3cret&x-id=GetObject"}`,
			`{"Referer":"https://acme-data.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=removed&X-Amz-Signature=removed&x-id=GetObject"}`},
		{"an URL in the user agent, small letters", `{"userAgent":"[fetch https://acme-data.s3.amazonaws.com/a?x-amz-security-token=s3cret like Gecko]"}`,
			`{"userAgent":"[fetch https://acme-data.s3.amazonaws.com/a?x-amz-security-token=removed like Gecko]"}`},
		{"an URL of signature version 2", `{"Referer":"https://acme-data.s3.amazonaws.com/a?AWSAccessKeyId=s3cret&Expires=1&Signature=s3cret"}`,
			`{"Referer":"https://acme-data.s3.amazonaws.com/a?AWSAccessKeyId=removed&Expires=1&Signature=removed"}`},
		{"an URL in an URL", `{"Referer":"https://example.com/?to=https%3A%2F%2Fa.s3.amazonaws.com%2Fk%3FX-Amz-Security-Token%3Ds3cret%26X-Amz-Signature%3Ds3cret&lang=en"}`,
			`{"Referer":"https://example.com/?to=https%3A%2F%2Fa.s3.amazonaws.com%2Fk%3FX-Amz-Security-Token%3Dremoved&lang=en"}`},
		{"an URL in an URL in an URL", `{"Referer":"https://example.com/?to=%253FAWSAccessKeyId%253Ds3cret"}`,
			`{"Referer":"https://example.com/?to=%253FAWSAccessKeyId%253Dremoved"}`},
		{"an URL with escaped letters", `{"Referer":"https://a/b?X-Amz-\u0053ignature\u003ds3cret\u0026x=1"}`, `{"Referer":"https://a/b?X-Amz-Signature=removed&x=1"}`},
		{"an Authorization header", `{"a":"AWS4-HMAC-SHA256 SignedHeaders=host, Signature=s3cret"}`, `{"a":"AWS4-HMAC-SHA256 SignedHeaders=host, Signature=removed"}`},
		{"an URL as a name", `{"https://a/b?X-Amz-Signature=s3cret":1}`, `{"https://a/b?X-Amz-Signature=removed":1}`},
		{"in quotation marks", `{"a":"X-Amz-Signature=\"s3cret\" b"}`, `{"a":"X-Amz-Signature=removed\" b"}`},

		{"numbers stay as they are", `{"x-amz-signature":"s3cret","a":[1795427856203,123456789012345678901234567890,1.50,1e400,-0,0.1]}`,
			`{"a":[1795427856203,123456789012345678901234567890,1.50,1e400,-0,0.1]}`},
		{"text stays as it is", `{"x-amz-signature":"s3cret","a":"<b>&amp;\u2028\"\\\n é 🪣"}`, `{"a":"<b>&amp;\u2028\"\\\n é 🪣"}`},
		{"nothing else is left", `{"signature":"s3cret"}`, `{}`},
		// The members are not found without a parser.
		{"not JSON", `{"x-amz-signature":"s3cret"`, `{}`},
		{"two documents", `{"a":1}{"x-amz-signature":"s3cret"}`, `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Scrub([]byte(test.in))
			if bytes.Contains(got, []byte("s3cret")) {
				t.Error("a credential is left")
			}
			if bytes.Contains(got, []byte(`\u0026`)) {
				t.Error("ampersands are escaped")
			}
			if diff := cmp.Diff(decoded(t, []byte(test.want)), decoded(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// decoded is a document as a value in which numbers are text.
func decoded(tb testing.TB, doc []byte) (v any) {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		tb.Fatalf("%v: %q", err, doc)
	}
	return v
}

// What has no credentials is not even copied, though it may have words that look
// as if.
func TestScrubUnchanged(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing":                      "",
		"a record":                     string(sampleRecord(t)),
		"SignatureVersion":             `{"SignatureVersion":"SigV4","signature-version":1,"X-Amz-SignedHeaders":"host","accessKeyId":"ASIAEXAMPLE"}`,
		"spacing, order and escapes":   `{ "b" : "\u0041<>\/" , "a" : 1.0e0 }`,
		"a key of a data lake":         `{"key":"signature=1/part-0.parquet"}`,
		"a credential as a value":      `{"x-amz-meta":"x-amz-signature"}`,
		"a parameter without a value":  `{"a":"https://a/b?X-Amz-Signature=&b=1"}`,
		"a parameter already scrubbed": `{"a":"https://a/b?X-Amz-Signature=removed"}`,
		"not JSON":                     `{"a":`,
	} {
		if got := Scrub([]byte(doc)); string(got) != doc {
			t.Errorf("%s: %s became %s", name, doc, got)
		}
	}
	record := sampleRecord(t)
	if n := testing.AllocsPerRun(100, func() { Scrub(record) }); n > 0 {
		t.Errorf("a record without credentials takes %v allocations", n)
	}
}

// The quick test has to know every name, wherever it stands.
func TestEverySecretIsFound(t *testing.T) {
	for _, name := range secretNames {
		for _, spelled := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], name[:len(name)/2] + strings.ToUpper(name[len(name)/2:])} {
			for _, doc := range []string{`{"` + spelled + `":"s3cret"}`, `{"a":{"b":1,"` + spelled + `" : ["s3cret"]}}`} {
				if got := Scrub([]byte(doc)); bytes.Contains(got, []byte("s3cret")) {
					t.Errorf("%s stays %s", doc, got)
				}
			}
		}
	}
}

// Credentials do not outlive the envelopes that records come in.
func TestScrubAfterUnwrap(t *testing.T) {
	event, err := os.ReadFile(filepath.FromSlash("../../events/credentials-in-parameters.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string][]byte{"EventBridge": event, "SQS": wrap(t, "body", event), "SNS in SQS": wrap(t, "body", notification(t, event))} {
		d, _, err := Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, secret := range []string{"FAKE-SESSION-TOKEN", "deadbeef", "aws4_request"} {
			if bytes.Contains(d.Record, []byte(secret)) {
				t.Errorf("%s: %s is left in the record", name, secret)
			}
		}
		if !bytes.Contains(d.Record, []byte("X-Amz-SignedHeaders")) {
			t.Errorf("%s: more than the credentials is gone", name)
		}
	}
}

// secretLeft matches a credential in an URL, put in other words than Scrub's own.
var secretLeft = regexp.MustCompile(`(?i)(?:x-amz-(?:signature|credential|security-token)|[?&](?:signature|awsaccesskeyid))=([^&\s"'\\]+)`)

// FuzzScrub: no credential gets through, however its name is spelled, and what has
// none is left alone.
func FuzzScrub(f *testing.F) {
	for _, doc := range sampleEvents(f) {
		f.Add(doc)
	}
	f.Add([]byte(`{"X-Amz-\u0053ignature":1,"a":"?X-AMZ-SIGNATURE=b","c":["?X-Amz-Credential%3Dd"]}`))
	f.Add([]byte(`{"https://a?x-amz-security-token=b":{"SIGNATURE":null}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := Scrub(doc)
		if !json.Valid(doc) {
			if !bytes.Equal(got, doc) && string(got) != "{}" {
				t.Errorf("%q is not JSON, and became %q", doc, got)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q", doc, got)
		}
		if again := Scrub(got); !bytes.Equal(again, got) {
			t.Errorf("%q became %q, then %q", doc, got, again)
		}
		if left := leftOver(decoded(t, got)); left != "" {
			t.Errorf("%s is left in %q", left, got)
		}
		if leftOver(decoded(t, doc)) == "" && !bytes.Contains(bytes.ToLower(doc), []byte("%")) && !bytes.ContainsAny(doc, ";, \\") && !bytes.Equal(got, doc) {
			t.Errorf("%q has no credentials, and became %q", doc, got)
		}
	})
}

// leftOver returns a credential in a decoded document.
func leftOver(v any) string {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if lower := strings.ToLower(name); len(lower) == len(name) {
				for _, s := range secretNames {
					if lower == s {
						return name
					}
				}
			}
			if left := leftOver(name) + leftOver(member); left != "" {
				return left
			}
		}
	case []any:
		for _, member := range v {
			if left := leftOver(member); left != "" {
				return left
			}
		}
	case string:
		for _, m := range secretLeft.FindAllStringSubmatch(v, -1) {
			if m[1] != "removed" {
				return m[0]
			}
		}
	}
	return ""
}

func BenchmarkScrub(b *testing.B) {
	withCredentials, err := os.ReadFile(filepath.FromSlash("../../events/credentials-in-parameters.json"))
	if err != nil {
		b.Fatal(err)
	}
	for name, doc := range map[string][]byte{"none": sampleRecord(b), "some": withCredentials} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				Scrub(doc)
			}
		})
	}
}
