package trail

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// secretNames are the names, in small letters, of the credentials that a record
// may carry: the parameters of presigned URLs, the customer-provided keys of
// SSE-C, and what STS issues. None of them is ever needed to explain a denial.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
var secretNames = []string{
	"x-amz-security-token", "x-amz-signature", "x-amz-credential",
	"x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key",
	"signature", "awsaccesskeyid", "sessiontoken", "secretaccesskey",
}

// secretInURL matches those that are parameters of URLs. An URL may be a parameter
// of another, and so on: then its punctuation is escaped, once or more often. The
// words that are not AWS's alone count only behind a separator, since a key may
// well be signature=1/part-0.parquet.
var secretInURL = regexp.MustCompile(`(?i)(` +
	`(?:x-amz-(?:security-token|signature|credential)|(?:[?&;,\s]|%(?:25)*(?:3f|26))(?:awsaccesskeyid|signature))` +
	`(?:=|%(?:25)*3d))["']?[^&\s"'\\]+`)

// Scrub returns the document without credentials: members of these names are
// removed wherever they stand, and where a text has them as parameters of an URL
// their values are. A document without any is returned as it is, and one that may
// have some but is not JSON as an empty object.
func Scrub(doc []byte) []byte {
	if !mayHoldSecret(doc) {
		return doc
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if !json.Valid(doc) || d.Decode(&v) != nil {
		return []byte("{}")
	}
	v, found := scrub(v)
	if !found {
		return doc
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("{}") // a decoded document always encodes
	}
	return bytes.TrimSpace(out.Bytes())
}

// scrub returns v without credentials and whether it had any.
func scrub(v any) (clean any, found bool) {
	switch v := v.(type) {
	case map[string]any:
		kept := make(map[string]any, len(v))
		for name, member := range v {
			if isSecret(name) {
				found = true
				continue
			}
			name, inName := scrubText(name)
			member, inMember := scrub(member)
			kept[name] = member
			found = found || inName || inMember
		}
		return kept, found
	case []any:
		for i := range v {
			var in bool
			v[i], in = scrub(v[i])
			found = found || in
		}
		return v, found
	case string:
		return scrubText(v)
	}
	return v, false
}

func scrubText(text string) (clean string, found bool) {
	if !strings.ContainsAny(text, "=%") {
		return text, false
	}
	clean = secretInURL.ReplaceAllString(text, "${1}removed")
	return clean, clean != text
}

func isSecret(name string) bool {
	for _, s := range secretNames {
		if len(name) == len(s) && beginsWith(name, s) {
			return true
		}
	}
	return false
}

// rarePairs are pairs of letters of which every secret's name has one, and few
// other words of a record have any.
var rarePairs = []string{"ke", "gn", "z-"}

// mayHoldSecret is the quick test that nearly every record ends with. A letter of
// a secret's name may be escaped, too.
func mayHoldSecret(doc []byte) bool {
	for _, pair := range rarePairs {
		small := pair[0]
		if holdsSecret(doc, pair, small) || holdsSecret(doc, pair, small-'a'+'A') {
			return true
		}
	}
	return bytes.Contains(doc, []byte(`\u00`))
}

// holdsSecret reports whether doc has the name of a secret with this pair of
// letters, the first of which is written as given.
func holdsSecret(doc []byte, pair string, first byte) bool {
	for at := 0; ; at++ {
		i := bytes.IndexByte(doc[at:], first)
		if at += i; i < 0 || at+1 == len(doc) {
			return false
		}
		if lower(doc[at+1]) != pair[1] {
			continue
		}
		for _, name := range secretNames {
			begin := at - strings.Index(name, pair)
			if begin > at || begin < 0 || !beginsWith(doc[begin:], name) {
				continue
			}
			// The end of a text, the value of a parameter, an escaped equals sign: not
			// SignatureVersion, which nearly every record has.
			if end := begin + len(name); end < len(doc) && strings.IndexByte(`"=%`, doc[end]) >= 0 {
				return true
			}
		}
	}
}

// beginsWith reports whether text begins with name, in whatever case its letters
// are. Beyond ASCII no other letter counts as the same.
func beginsWith[text []byte | string](t text, name string) bool {
	if len(t) < len(name) {
		return false
	}
	for i := range len(name) {
		if lower(t[i]) != name[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
