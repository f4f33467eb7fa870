package diagnosis

import "strings"

// splitARN takes an ARN apart.
func splitARN(arn string) (service, account, rest string, ok bool) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[5] == "" {
		return "", "", "", false
	}
	return f[2], f[4], f[5], true
}

// bucketARN reports whether an ARN is that of a bucket, or of an access point as
// the bucket behind it.
func bucketARN(arn string) bool {
	service, account, rest, ok := splitARN(arn)
	if !ok || service != "s3" {
		return false
	}
	if account == "" {
		return !strings.Contains(rest, "/")
	}
	return strings.HasPrefix(rest, "accesspoint/") && !strings.Contains(rest, "/object/")
}

// accountOf returns the account in an ARN; empty if it has none.
func accountOf(arn string) string {
	_, account, _, _ := splitARN(arn)
	return account
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// keyARN reports whether s is the ARN of a KMS key, and nothing else besides.
func keyARN(s string) bool {
	service, account, rest, ok := splitARN(s)
	return ok && service == "kms" && isAccount(account) && strings.HasPrefix(rest, "key/") && spelled(rest, "/-") && spelled(regionOf(s), "-")
}

// spelled reports whether s has only letters and digits of ASCII and these other
// characters: whether it can be a name that AWS gave or checked. What goes into a
// command must, since the CLI reads more than names from its arguments, such as
// file:// and what follows a dash.
func spelled(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// resourceName is what follows the type in an IAM ARN: the path and the name.
func resourceName(arn string) string {
	_, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	return name
}

// lastOf is what follows the last slash.
func lastOf(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

func orUnknown(s string) string {
	if s == "" {
		return "(unknown)"
	}
	return s
}

// quote shortens a name that its owner chose; the sinks clean it.
func quote(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return `"` + s + `"`
}
