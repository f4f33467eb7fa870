package trail

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Credentials that a record may carry: the parameters of presigned URLs, and the
// customer-provided keys of SSE-C. None of them is ever needed to explain a
// denial.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
func secretNames() []string {
	return []string{
		"x-amz-security-token", "x-amz-signature", "x-amz-credential",
		"x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key",
		"signature", "awsaccesskeyid", "sessiontoken", "secretaccesskey",
	}
}

// Scrub returns the document without credentials: members of these names are
// removed wherever they stand, and where a text has them as parameters of an URL
// their values are. A document without any is returned as it is.
func Scrub(doc []byte) []byte {
	if !mayHoldSecret(doc) {
		return doc
	}
	inURL := regexp.MustCompile(`(?i)\b(x-amz-(?:security-token|signature|credential)|awsaccesskeyid|signature)=[^&\s"'\\]+`)
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return inURL.ReplaceAll(doc, []byte("$1=removed"))
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(scrub(v, inURL)); err != nil {
		return []byte("{}") // a decoded document always encodes
	}
	return bytes.TrimSpace(out.Bytes())
}

func scrub(v any, inURL *regexp.Regexp) any {
	switch x := v.(type) {
	case map[string]any:
		for name, member := range x {
			if isSecret(name) {
				delete(x, name)
				continue
			}
			x[name] = scrub(member, inURL)
		}
	case []any:
		for i := range x {
			x[i] = scrub(x[i], inURL)
		}
	case string:
		return inURL.ReplaceAllString(x, "$1=removed")
	}
	return v
}

func isSecret(name string) bool {
	for _, s := range secretNames() {
		if strings.EqualFold(name, s) {
			return true
		}
	}
	return false
}

// mayHoldSecret is the quick test that nearly every record ends with.
func mayHoldSecret(doc []byte) bool {
	for _, part := range []string{
		"ecurity-", "mz-Sig", "mz-sig", "mz-Cre", "mz-cre", "MZ-", "ecurity_", "ustomer-key", "ustomer-Key",
		`ignature"`, "ignature=", "KeyId=", "AWSAccessKeyId", "essionToken", "ecretAccessKey", "\\u",
	} {
		if bytes.Contains(doc, []byte(part)) {
			return true
		}
	}
	return false
}
