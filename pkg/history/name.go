package history

import "strings"

// Organization is the name under which all changes of an organization are remembered: its
// policies are decided by all of them together.
const Organization = "organization"

// Name returns the name under which changes of a document are remembered: the same
// whether an ARN comes from evidence, which has its path, or from a record of IAM, which
// has not. Names are unique in an account whatever their paths.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
func Name(document string) string {
	parts := strings.SplitN(document, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return document
	}
	parts[1] = "aws"
	if parts[2] == "iam" {
		first, last := strings.IndexByte(parts[5], '/'), strings.LastIndexByte(parts[5], '/')
		if first >= 0 {
			parts[5] = parts[5][:first] + parts[5][last:]
		}
	}
	return strings.Join(parts, ":")
}

// AccountOf returns the account that an ARN names; empty: none, or it is no ARN.
func AccountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}
