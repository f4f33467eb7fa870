package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"why403/pkg/policy"
)

// sample is values of an operator: two that match its condition, two that do not.
type sample struct {
	wanted         string // the values of the condition, as JSON
	match1, match2 string
	other1, other2 string
}

var samples = map[string]sample{
	"StringEquals":             {`["a","b"]`, "a", "b", "c", "d"},
	"StringEqualsIgnoreCase":   {`["a","b"]`, "A", "b", "c", "d"},
	"StringLike":               {`["a*","b?"]`, "a", "bc", "c", "b"},
	"NumericEquals":            {`["1","2.5"]`, "1.0", "2.50", "3", "10"},
	"NumericLessThan":          {`"10"`, "9", "-1", "10", "11"},
	"NumericLessThanEquals":    {`"10"`, "9", "10", "10.1", "11"},
	"NumericGreaterThan":       {`"10"`, "10.1", "11", "10", "9"},
	"NumericGreaterThanEquals": {`"10"`, "10", "11", "9.9", "9"},
	"DateEquals":               {`["2026-07-01T00:00:00Z","1782950400"]`, "2026-07-01", "2026-07-02T00:00:00Z", "2026-07-03", "1782950401"},
	"DateLessThan":             {`"2026-07-01T00:00:00Z"`, "2026-06-30", "0", "2026-07-01", "2026-07-02"},
	"DateLessThanEquals":       {`"2026-07-01T00:00:00Z"`, "2026-06-30", "2026-07-01", "2026-07-01T00:00:01Z", "2026-07-02"},
	"DateGreaterThan":          {`"2026-07-01T00:00:00Z"`, "2026-07-01T00:00:01Z", "2026-07-02", "2026-07-01", "0"},
	"DateGreaterThanEquals":    {`"2026-07-01T00:00:00Z"`, "2026-07-01", "2026-07-02", "2026-06-30", "0"},
	"Bool":                     {`"true"`, "true", "True", "false", "FALSE"},
	"BinaryEquals":             {`["QUJD","REVG"]`, "QUJD", "REVG", "R0hJ", "SktM"},
	"IpAddress":                {`["203.0.113.0/24","2001:db8::/32"]`, "203.0.113.7", "2001:db8::7", "198.51.100.7", "2001:db9::7"},
	"ArnLike":                  {`["arn:aws:iam::*:role/app","arn:aws:s3:::a?"]`, "arn:aws:iam::111111111111:role/app", "arn:aws:s3:::ab", "arn:aws:iam::111111111111:role/ops", "arn:aws:s3:::a"},
	"ArnEquals":                {`["arn:aws:iam::*:role/app","arn:aws:s3:::a?"]`, "arn:aws:iam::111111111111:role/app", "arn:aws:s3:::ab", "arn:aws:iam::111111111111:role/ops", "arn:aws:s3:::a"},
}

// TestOperators evaluates each cell of testdata/operators.txt.
func TestOperators(t *testing.T) {
	const key = "acme:key"
	table, err := os.ReadFile("testdata/operators.txt")
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	rows := 0
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Fields(line)
		if columns == nil {
			columns = cells[1:]
			continue
		}
		rows++
		name, cells := cells[0], cells[1:]
		s := sample{match1: "a", match2: "b", other1: "c", other2: "d"}
		if strings.Contains(name, "Null") {
			s.wanted = fmt.Sprintf("%q", cells[0])
			cells = cells[1:]
		} else {
			s = samples[positive(name)]
		}
		if s.wanted == "" || len(cells) != len(columns) {
			t.Fatalf("row not understood: %s", line)
		}
		doc := fmt.Sprintf(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{%q:{%q:%s}}}}`, name, key, s.wanted)
		p, err := policy.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		for i, column := range columns {
			ctx := policy.NewContext(true)
			switch column {
			case "absent":
			case "unknown":
				ctx.SetUnknown(key)
			case "none":
				ctx.Set(key)
			case `""`:
				ctx.Set(key, "")
			case "match":
				ctx.Set(key, s.match1)
			case "other":
				ctx.Set(key, s.other1)
			case "m+m":
				ctx.Set(key, s.match1, s.match2)
			case "m+o":
				ctx.Set(key, s.other2, s.match2)
			case "o+o":
				ctx.Set(key, s.other1, s.other2)
			default:
				t.Fatal(column)
			}
			got := p.Match(policy.NewRequest("s3:GetObject", "*", nil, ctx), nil)[0].Truth
			if got != truth(t, cells[i]) {
				t.Errorf("%s, %s: got %v, want %s", name, column, got, cells[i])
			}
		}
	}
	// 26 operators with and without IfExists and each of three quantifiers, and Null.
	if want := 26*2*3 + 8; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

// positive returns the operator without quantifier, IfExists and negation.
func positive(name string) string {
	if _, rest, ok := strings.Cut(name, ":"); ok {
		name = rest
	}
	return strings.Replace(strings.TrimSuffix(name, "IfExists"), "Not", "", 1)
}
