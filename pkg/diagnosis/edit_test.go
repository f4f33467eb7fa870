package diagnosis

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestNarrowedInPlace: a policy that is changed keeps the order of all that it has, so
// that the diff is of what changes.
func TestNarrowedInPlace(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{
			"one more value",
			`{"Statement":[{"Sid":"Fence","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1","aws:PrincipalArn":["arn:aws:iam::111111111111:role/a"]},"Bool":{"aws:ViaAWSService":"false"}},"Resource":"*","Action":"s3:*","Effect":"Deny"}],"Version":"2012-10-17","Id":"x"}`,
			`"StringNotEquals": {
"aws:SourceVpce": "vpce-1",
"aws:PrincipalArn": [
- "arn:aws:iam::111111111111:role/a"
+ "arn:aws:iam::111111111111:role/a",
+ "arn:aws:iam::111111111111:role/b"
]
},
"Bool": {`,
		},
		{
			"a value becomes a list, of a statement that stands alone",
			`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Resource":"*","Action":"s3:*","Condition":{"ArnNotLike":{"AWS:principalARN":"arn:aws:iam::111111111111:role/a*"}}}}`,
			`"Action": "s3:*",
"Condition": {
"ArnNotLike": {
- "AWS:principalARN": "arn:aws:iam::111111111111:role/a*"
+ "AWS:principalARN": [
+ "arn:aws:iam::111111111111:role/a*",
+ "arn:aws:iam::111111111111:role/b"
+ ]
}
}
}`,
		},
		{
			"the first condition",
			`{"Version":"2012-10-17","Statement":[{"Resource":"*","Effect":"Deny","Action":"s3:*"}]}`,
			`{
"Resource": "*",
"Effect": "Deny",
- "Action": "s3:*"
+ "Action": "s3:*",
+ "Condition": {
+ "ArnNotEquals": {
+ "aws:PrincipalArn": "arn:aws:iam::111111111111:role/b"
+ }
+ }
}
]
}`,
		},
	} {
		d, err := edit(json.RawMessage(test.document))
		if err != nil {
			t.Fatal(err)
		}
		st, err := d.statement(0)
		if err != nil {
			t.Fatal(err)
		}
		st, err = spare(st, "arn:aws:iam::111111111111:role/b")
		if err != nil {
			t.Fatal(err)
		}
		after, err := d.replaced(0, st)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for l := range strings.SplitSeq(diff(json.RawMessage(test.document), after), "\n") {
			sign, text := l[:1], strings.TrimSpace(l[1:])
			switch {
			case text == "…":
			case sign == " ":
				got = append(got, text)
			default:
				got = append(got, sign+" "+text)
			}
		}
		if g := strings.Join(got, "\n"); g != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, g, test.want)
		}
	}
}
