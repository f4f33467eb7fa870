package alert

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/clean/cleantest"
)

func TestPretty(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"nothing", ``, ``},
		{"null", `null`, ``},
		{"the usual order", `{"Resource":"r","Action":"s3:GetObject","Effect":"Allow","Sid":"A"}`,
			"  {\n    \"Sid\": \"A\",\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:GetObject\",\n    \"Resource\": \"r\"\n  }"},
		{"on one line what fits", `{"Principal":{"AWS":["a","b"]},"N":1.50,"B":true,"E":{},"Z":null}`,
			"  {\n    \"Principal\": {\"AWS\": [\"a\", \"b\"]},\n    \"B\": true,\n    \"E\": {},\n    \"N\": 1.50,\n    \"Z\": null\n  }"},
		{"a list", `["a"]`, "  [\n    \"a\"\n  ]"},
		{"a string", `"a"`, `  "a"`},
		{"a long list", `{"Action":["` + strings.Repeat("a", 40) + `","` + strings.Repeat("b", 40) + `"]}`,
			"  {\n    \"Action\": [\n      \"" + strings.Repeat("a", 40) + "\",\n      \"" + strings.Repeat("b", 40) + "\"\n    ]\n  }"},
		{"what one cannot see, and links", `{"Resource":"a\u202eb\u0000é😀\\x https://e.example www.e.example mailto:e"}`,
			"  {\n    \"Resource\": \"a\\u202eb\\u0000\\u00e9\\ud83d\\ude00\\u005cx https\\u003a//e.example www\\u002ee.example mailto\\u003ae\"\n  }"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines, err := pretty(json.RawMessage(tt.doc), 2)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a key holds, the text can be pasted, and means the same.
func TestPrettyMeansTheSame(t *testing.T) {
	for _, c := range cleantest.Hostile() {
		doc, err := json.Marshal(map[string]any{"Effect": "Allow", "Resource": []string{c.Text}, c.Text: map[string]string{"k": c.Text}})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pretty(doc, 6)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		text := strings.Join(lines, "\n")
		if err := cleantest.CheckMail(text); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		for i := range len(text) {
			if text[i] > '~' {
				t.Errorf("%s: not ASCII", c.Name)
				break
			}
		}
		var want, got any
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.Name, diff)
		}
	}
}

func TestPrettyRefuses(t *testing.T) {
	for _, doc := range []string{
		`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"}`,
		`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject"}`,
		`{"Effect":"Allow","Principal":{"AWS":["arn","*"]},"Action":"s3:GetObject"}`,
		`{"Effect":"Allow","NotPrincipal":{"AWS":"arn"},"Action":"s3:GetObject"}`,
		`{"Effect":"Allow","Action":"s3:*"}`,
		`{"Effect":"Allow","Action":["s3:GetObject","*"]}`,
		`{"add":{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}}`,
	} {
		if _, err := pretty(json.RawMessage(doc), 0); !errors.Is(err, errTooWide) {
			t.Errorf("%s: got %v", doc, err)
		}
	}
	// A Deny may well be of everybody and everything.
	for _, doc := range []string{
		`{"Effect":"Deny","Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
		`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`,
		`{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`,
	} {
		if _, err := pretty(json.RawMessage(doc), 0); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
	for _, doc := range []string{`{`, `{} {}`, `nothing`} {
		if _, err := pretty(json.RawMessage(doc), 0); err == nil {
			t.Errorf("%s: taken", doc)
		}
	}
}
