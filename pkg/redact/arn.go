package redact

import (
	"strings"
)

// arn replaces the account and the resource of an ARN, or of a pattern of ARNs.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func arn(x *text, s string) string {
	f := strings.SplitN(s, ":", 6)
	if len(f) < 6 {
		return words(x, s, func(w string) string {
			if w == "arn" || w == "aws" || w == f[min(2, len(f)-1)] && len(f) > 2 && isService(w) {
				return w
			}
			return x.word(w)
		})
	}
	if !form4.MatchString(f[1]) {
		f[1] = words(x, f[1], x.word)
	}
	if !isService(f[2]) {
		f[2] = words(x, f[2], x.word)
	}
	if !isRegion(f[3]) {
		f[3] = words(x, f[3], x.word)
	}
	switch f[4] {
	case "aws": // AWS's own
		x.own(f[5])
		return strings.Join(f, ":")
	case "cloudfront":
		const identity = "user/CloudFront Origin Access Identity "
		if rest, ok := strings.CutPrefix(f[5], identity); ok {
			x.own(identity)
			f[5] = identity + words(x, rest, x.word)
			return strings.Join(f, ":")
		}
	}
	f[4] = words(x, f[4], x.word)
	f[5] = resource(x, f[2], f[5])
	return strings.Join(f, ":")
}

func isService(s string) bool {
	return form5.MatchString(s)
}

// isRegion reports whether a text is a Region or a pattern of them.
//
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func isRegion(s string) bool {
	return form6.MatchString(s)
}

// resource replaces the last part of an ARN: the kind of the resource stays.
func resource(x *text, service, s string) string {
	switch {
	case s == "root", strings.HasPrefix(s, "alias/aws/"), s == "role/aws-service-role/*":
		x.own(s)
		return s
	case service == "s3" && !strings.HasPrefix(s, "accesspoint/") && !strings.HasPrefix(s, "access-grants/") && !strings.HasPrefix(s, "storage-lens/"):
		return words(x, s, x.word)
	case strings.HasPrefix(s, "access-grants/default"):
		x.own("access grants default")
		head := "access-grants/default"
		return head + resourceTail(x, s[len(head):])
	}
	m := form7.FindStringSubmatch(s)
	if m == nil {
		return words(x, s, x.word)
	}
	x.own(m[1])
	return m[1] + resourceTail(x, m[2])
}

func resourceTail(x *text, s string) string {
	for _, inner := range []string{"/service_control_policy/", "/resource_control_policy/", "/object/", "/accesspoint/", "/bucket/", "/grant/", "/location/"} {
		if before, after, ok := strings.Cut(s, inner); ok {
			x.own(inner)
			return words(x, before, x.word) + inner + words(x, after, x.word)
		}
	}
	return words(x, s, x.word)
}
