package excerpt

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// Place says where a statement stands, in words that are not to be broken: policies as
// AWS stores them have no lines, so that policy, number and Sid it is. Each word that
// is foreign goes through clean.
func Place(r diagnosis.Reason, d diagnosis.Denial, clean func(string) string) []string {
	var words []string
	add := func(text string) { words = append(words, strings.Fields(text)...) }
	name := func(before, name string) {
		add(before)
		if name != "" {
			words = append(words, clean(name))
		}
	}
	switch r.Layer {
	case evidence.LayerSCP:
		name("service control policy", r.Policy)
	case evidence.LayerRCP:
		name("resource control policy", r.Policy)
	case evidence.LayerBoundary:
		name("permissions boundary", r.Policy)
	case evidence.LayerSession:
		name("session policy", r.Policy)
	case evidence.LayerIdentity:
		name("IAM policy", r.Policy)
	case evidence.LayerBucketPolicy:
		name("bucket policy", "")
		if b := bucketOf(d); b != "" {
			name("of", b)
		}
	case evidence.LayerKeyPolicy:
		add("key policy")
	case evidence.LayerVPCE:
		name("policy of VPC endpoint", d.VPCEndpointID)
	case evidence.LayerAccessPoint:
		name("access point policy", "")
	default:
		name("policy", r.Policy)
	}
	if r.At != "" {
		name("at", r.At)
	}
	if r.Statement != nil && len(words) > 0 {
		words[len(words)-1] += ","
		add(fmt.Sprintf("statement %d", *r.Statement))
	}
	if r.SID != "" {
		words = append(words, `"`+clean(r.SID)+`"`)
	}
	return words
}

// bucketOf is the bucket that a denial is about; a copy has two.
func bucketOf(d diagnosis.Denial) string {
	bucket := d.Bucket
	for _, a := range d.Authorizations {
		rest, ok := strings.CutPrefix(a.Resource, "arn:aws:s3:::")
		name, _, _ := strings.Cut(rest, "/")
		switch {
		case !ok || name == bucket:
		case bucket == "":
			bucket = name
		default:
			return ""
		}
	}
	return bucket
}

// Short names a statement in a table: app-data[0].
func Short(r diagnosis.Reason) string {
	name := r.Policy
	switch r.Layer {
	case evidence.LayerBucketPolicy, evidence.LayerKeyPolicy, evidence.LayerVPCE, evidence.LayerAccessPoint, evidence.LayerMRAP:
		name = "policy" // there is but one
	default:
	}
	return fmt.Sprintf("%s[%d]", name, *r.Statement)
}

// asked returns the authorization that a reason is about.
func asked(x diagnosis.Diagnosis, r diagnosis.Reason) (action, resource string) {
	for _, c := range x.Checks {
		for _, b := range c.Because {
			if Same(b, r) && b.Element == r.Element && slices.Equal(b.Got, r.Got) {
				return c.Action, c.Resource
			}
		}
	}
	if len(x.Denial.Authorizations) > 0 {
		return x.Denial.Authorizations[0].Action, x.Denial.Authorizations[0].Resource
	}
	return "the action", ""
}

// has is what the request has where an element of a policy is.
func has(x diagnosis.Diagnosis, r diagnosis.Reason, element string) []string {
	action, resource := asked(x, r)
	switch {
	case element == r.Element:
		return r.Got
	case element == "Action", element == "NotAction":
		return []string{action}
	case element == "Resource", element == "NotResource":
		return []string{resource}
	case element == "Principal", element == "NotPrincipal":
		return []string{x.Denial.Principal.ARN, "arn:aws:iam::" + x.Denial.Principal.Account + ":root", x.Denial.Principal.Account}
	}
	return nil
}

// Same reports whether two reasons are of one statement.
func Same(a, b diagnosis.Reason) bool {
	return a.Statement != nil && b.Statement != nil && *a.Statement == *b.Statement && a.Layer == b.Layer && a.Policy == b.Policy && a.At == b.At
}

// Parts divides the reasons of a cause: the statements that decide, the first first,
// and those that perhaps deny as well.
func Parts(because []diagnosis.Reason) (decide, perhaps []diagnosis.Reason) {
	for _, r := range because {
		switch {
		case r.Statement == nil:
		case r.Effect == "Deny" && r.Matches == "unknown":
			perhaps = append(perhaps, r)
		default:
			decide = append(decide, r)
		}
	}
	if len(decide) == 0 && len(perhaps) > 0 {
		return perhaps[:1], perhaps[1:]
	}
	return decide, perhaps
}

// Far reports whether a statement that comes nearest to allowing is about another
// action: the rest of it is then of no interest.
func Far(r diagnosis.Reason) bool {
	return r.Effect == "Allow" && (r.Element == "Action" || r.Element == "NotAction")
}
