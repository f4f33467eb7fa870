package difftest

import (
	"encoding/json"
	"slices"
	"strings"

	"why403/pkg/policy/difftest/iamsim"
)

// text makes a value such as a request has.
func (g *generator) text(kind string) string {
	switch kind {
	case "numeric":
		return iamsim.Pick(g, []string{"0", "1", "2", "10", "10.5", "-5", "100", "3600", "1.0", "0.1", "1000000"})
	case "date":
		return iamsim.Pick(g, []string{
			"2024-03-01T00:00:00Z", "2024-03-01T12:30:00Z", "2024-03-01T12:30:00.250Z", "2024-02-29T23:59:59Z",
			"2024-03-01T02:00:00+02:00", "2025-01-01T00:00:00Z", "1709251200", "1709296200", "1735689600", "2024-03-01",
		})
	case "bool":
		return iamsim.Pick(g, []string{"true", "false", "true", "false", "True", "FALSE"})
	case "binary":
		return iamsim.Pick(g, []string{"QmluYXJ5", "YQ==", "YWI=", "YWJj", "AAEC", "/+8=", "+/8="})
	case "ip":
		return iamsim.Pick(g, []string{
			"203.0.113.7", "203.0.113.8", "203.0.113.255", "198.51.100.1", "192.0.2.0", "10.0.0.1", "127.0.0.1",
			"2001:db8::1", "2001:db8::2", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:1::1", "2001:DB8::1", "::1",
		})
	case "arn":
		return iamsim.Pick(g, []string{
			"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::222222222222:user/ana",
			"arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/a:b", "arn:aws:sns:eu-west-1:111111111111:orders",
			"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws-cn:s3:::acme-data",
			"arn:aws:lambda:eu-west-1:111111111111:function:orders:live", "arn:aws:sqs:eu-west-1:111111111111:orders.fifo",
		})
	default:
		return iamsim.Pick(g, []string{
			"ana", "Ana", "bob", "team-a", "team-b", "home/ana/", "home/", "a", "A", "ab", "abc", "a b", "", "*", "?", "a*", "a.c",
			"a+b", "(a)", "[ab]", "a\\b", "^a$", "a|b", "{a}", "$", "a\nb", "été", "ÉTÉ", "日本", "😀", "cost center", "AROAEXAMPLEEXAMPLE:run", "true", "10",
		})
	}
}

// policyText makes a value of a policy about a value of a request.
func (g *generator) policyText(operator, kind, about string) any {
	switch kind {
	case "numeric":
		switch {
		case g.Chance(20):
			return json.Number(about)
		case g.Chance(20) && !strings.Contains(about, "."):
			return about + ".0"
		}
		return about
	case "date":
		return g.sameInstant(about)
	case "binary":
		return about
	case "ip":
		return g.network(about)
	case "arn":
		return g.arnPattern(about)
	default:
		switch {
		case strings.Contains(operator, "Like"):
			return g.Wildcards(about)
		case g.Chance(20):
			return g.Flip(about)
		case g.Chance(10):
			return g.Wildcards(about)
		}
		return about
	}
}

// sameInstant writes an instant in another way, now and then.
func (g *generator) sameInstant(s string) any {
	ways := [][]string{
		{"2024-03-01T00:00:00Z", "1709251200", "2024-03-01", "2024-03-01T01:00:00+01:00", "2024-03-01T00:00Z", "2024-03-01T00:00:00.000Z"},
		{"2024-03-01T12:30:00Z", "1709296200", "2024-03-01T07:30:00-05:00"},
		{"2025-01-01T00:00:00Z", "1735689600", "2025-01", "2025-01-01"},
	}
	for _, way := range ways {
		if slices.Contains(way, s) && g.Chance(60) {
			s = iamsim.Pick(g, way)
			break
		}
	}
	if !strings.Contains(s, "-") && len(s) > 4 && g.Chance(30) {
		return json.Number(s)
	}
	return s
}

// network makes a range that an address may be in.
func (g *generator) network(s string) any {
	if strings.Contains(s, ":") {
		return iamsim.Pick(g, []string{s, s + "/128", "2001:db8::/32", "2001:db8::/64", "2001:db8::/127", "::/0", "2001:0db8::/48", "fe80::/10"})
	}
	dot := strings.LastIndexByte(s, '.')
	return iamsim.Pick(g, []string{s, s + "/32", s[:dot] + ".0/24", s[:dot] + ".0/29", s + "/28", "0.0.0.0/0", "10.0.0.0/8", "203.0.112.0/23"})
}

// arnPattern puts wildcards into the segments of an ARN.
func (g *generator) arnPattern(s string) string {
	switch {
	case g.Chance(25):
		return s
	case g.Chance(8):
		return "*"
	case g.Chance(10):
		return g.Wildcards(s) // across colons
	}
	f := strings.SplitN(s, ":", 6)
	for range 1 + g.IntN(2) {
		i := 1 + g.IntN(5)
		if g.Chance(50) {
			i = 5
		}
		if f[i] = g.Wildcards(f[i]); g.Chance(20) {
			f[i] = "*"
		}
	}
	return strings.Join(f, ":")
}
