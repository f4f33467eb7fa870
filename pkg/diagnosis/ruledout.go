package diagnosis

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// ruledOut lists which of the documented causes the record itself excludes. AWS's
// message excludes none: it names one reason of possibly several.
func ruledOut(d trail.Denial, n named) []RuledOut {
	var out []RuledOut
	add := func(because string, ids ...CauseID) {
		for _, id := range ids {
			if id != n.id {
				out = append(out, RuledOut{ID: id, Because: because})
			}
		}
	}
	p := d.Principal
	switch p.Type {
	case evidence.PrincipalAnonymous:
		add("an anonymous requester has no IAM policies", IdentityNoAllow, IdentityExplicitDeny, KMSIdentityNoAllow)
		add("service control policies apply to principals of member accounts, not to anonymous requests", SCP)
	case evidence.PrincipalService:
		add("an AWS service calling in its own name has no IAM policies", IdentityNoAllow, IdentityExplicitDeny, KMSIdentityNoAllow)
	}
	if strings.Contains(p.ARN, ":role/aws-service-role/") {
		add("service control policies do not apply to service-linked roles", SCP)
	}
	if d.Category == trail.CategoryData && d.Service == "s3.amazonaws.com" {
		add("S3 records no data event for a request that a VPC endpoint policy denies", VPCEPolicy)
	}
	if len(d.Authorizations) > 0 && d.Bucket != "" && d.Key == "" && !aboutKMS(d) {
		add("the call is on the bucket, not on an object", ObjectOwnership,
			KMSIdentityNoAllow, KMSKeyPolicyNoAllow, KMSExplicitDeny, KMSAWSManagedKeyCrossAcct, KMSKeyState)
	}
	switch {
	case d.RequesterPays:
		add("the request carries x-amz-request-payer", RequesterPays)
	case p.Account != "" && p.Account == d.BucketAccount:
		add("requester and bucket are of one account, whose own requests need no header", RequesterPays)
		add("requester and bucket are of one account, which Block Public Access does not refuse", BPARestrictPublicBuckets)
	}
	return dedupe(out)
}

func aboutKMS(d trail.Denial) bool {
	if strings.HasPrefix(d.ErrorCode, "KMS.") {
		return true
	}
	for _, a := range d.Authorizations {
		if strings.HasPrefix(a.Action, "kms:") {
			return true
		}
	}
	return false
}

func dedupe(all []RuledOut) []RuledOut {
	seen := make(map[CauseID]bool, len(all))
	kept := all[:0]
	for _, r := range all {
		if !seen[r.ID] {
			seen[r.ID] = true
			kept = append(kept, r)
		}
	}
	return kept
}
