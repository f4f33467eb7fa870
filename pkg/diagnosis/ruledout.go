package diagnosis

import (
	"why403/pkg/evidence"
)

// ruledOut lists which of the documented causes the record itself excludes. AWS's
// message excludes none: it names one reason of possibly several.
func ruledOut(r *refusal, n named) []RuledOut {
	var out []RuledOut
	seen := make(map[CauseID]bool)
	add := func(because string, ids ...CauseID) {
		for _, id := range ids {
			if id != n.id && !seen[id] {
				seen[id] = true
				out = append(out, RuledOut{ID: id, Because: because})
			}
		}
	}
	p := r.Principal
	identity := []CauseID{IdentityNoAllow, IdentityExplicitDeny, KMSIdentityNoAllow, PermissionsBoundary}
	// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
	switch {
	case p.Type == evidence.PrincipalAnonymous:
		add("an anonymous requester has no IAM policies", identity...)
		add("service control policies apply to principals of member accounts, not to anonymous requests", SCP)
	case p.Type == evidence.PrincipalService:
		add("an AWS service calling in its own name has no IAM policies", identity...)
		add("service control policies apply to principals of member accounts, not to AWS services", SCP)
		add("Block Public Access admits AWS services", BPARestrictPublicBuckets)
	case originAccessIdentity(p):
		add("an origin access identity of CloudFront has no IAM policies", identity...)
		add("service control policies apply to principals of member accounts, not to CloudFront", SCP)
	case p.Type == evidence.PrincipalRoot:
		add("the root user has no IAM policies", identity...)
	case serviceLinked(p):
		add("policies of the organization do not apply to service-linked roles", SCP, RCP)
	}
	if verdict, because := endpointSettled(r); verdict != Unknown {
		add(because, VPCEPolicy)
	}
	switch {
	case r.onAccount():
		add("the call is on no bucket", BucketPolicyNoAllow, BucketPolicyExplicitDeny, RequesterPays, ObjectOwnership, BPARestrictPublicBuckets,
			KMSIdentityNoAllow, KMSKeyPolicyNoAllow, KMSExplicitDeny, KMSAWSManagedKeyCrossAcct, KMSKeyState)
	case r.onBucket() && !aboutKMS(r):
		add("the call is on the bucket, not on an object", ObjectOwnership,
			KMSIdentityNoAllow, KMSKeyPolicyNoAllow, KMSExplicitDeny, KMSAWSManagedKeyCrossAcct, KMSKeyState)
	case r.directoryBucket():
		add("directory buckets know no ACLs and no Requester Pays", ObjectOwnership, RequesterPays)
	}
	switch {
	case paysItself(r):
		add("the request carries x-amz-request-payer", RequesterPays)
	case r.own():
		add("requester and bucket are of one account, whose own requests need no header", RequesterPays)
	}
	if r.own() {
		add("requester and bucket are of one account, which Block Public Access does not refuse", BPARestrictPublicBuckets)
	}
	return out
}

// possible drops what the record itself rules out.
func possible(all []Open, out []RuledOut) []Open {
	not := make(map[CauseID]bool, len(out))
	for _, x := range out {
		not[x.ID] = true
	}
	var kept []Open
	for _, o := range all {
		if !not[o.ID] {
			kept = append(kept, o)
		}
	}
	return kept
}

// paysItself reports whether the request accepted the charges; from anonymous
// requesters no bucket takes that.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
func paysItself(r *refusal) bool {
	return r.RequesterPays && r.Principal.Type != evidence.PrincipalAnonymous
}

func aboutKMS(r *refusal) bool {
	for _, a := range r.Authorizations {
		if len(a.Action) > 4 && a.Action[:4] == "kms:" {
			return true
		}
	}
	return r.kms()
}
