package diagnosis

import (
	"strings"

	"why403/pkg/evidence"
)

// checks lists what is known of each layer for the authorization that AWS named,
// or else for the first that the call needs. Only the layer that AWS names has a
// verdict; the others were not read.
func checks(r *refusal, n named) []Check {
	a, ok := r.authorization()
	if n.id == MissingObject && len(r.Authorizations) > 0 {
		// AWS named the listing; what the call wanted was to read.
		a = r.Authorizations[0]
	}
	if !ok || !exactAction(a.Action) {
		return nil
	}
	one := func(l evidence.Layer) Check {
		c := Check{Layer: l, Action: a.Action, Resource: a.Resource, Account: a.Account, Verdict: settled(r, l)}
		if l == n.layer && n.verdict != "" {
			c.Verdict, c.Because = n.verdict, n.because
		}
		return c
	}
	layers := []evidence.Layer{
		evidence.LayerSCP, evidence.LayerRCP, evidence.LayerVPCE,
		evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession,
		evidence.LayerBucketPolicy, evidence.LayerAccessPoint, evidence.LayerMRAP, evidence.LayerPublicAccessBlock, evidence.LayerACLOwnership,
		evidence.LayerKeyPolicy, evidence.LayerRequesterPays,
	}
	var out []Check
	listed := n.layer == ""
	for _, l := range layers {
		point := l == evidence.LayerAccessPoint && r.point != "" && !r.multiRegion() || l == evidence.LayerMRAP && r.multiRegion()
		if (l == evidence.LayerAccessPoint || l == evidence.LayerMRAP) && !point && l != n.layer {
			continue
		}
		listed = listed || l == n.layer
		out = append(out, one(l))
	}
	if !listed {
		out = append(out, one(n.layer))
	}
	return out
}

// settled is what the record itself shows of a layer: that the request passed it,
// or that it has no part. Everything else is unknown, since nothing was read.
func settled(r *refusal, l evidence.Layer) Verdict {
	p := r.Principal
	none := false
	switch l {
	case evidence.LayerIdentity, evidence.LayerBoundary:
		none = !hasIAM(p)
	case evidence.LayerSession:
		// A root user's temporary key may be that of a privileged root session.
		none = p.Type == evidence.PrincipalUser || !hasIAM(p) && (p.Type != evidence.PrincipalRoot || strings.HasPrefix(p.AccessKeyID, "AKIA"))
	case evidence.LayerSCP:
		none = !hasIAM(p) && p.Type != evidence.PrincipalRoot || serviceLinked(p)
	case evidence.LayerRCP:
		none = serviceLinked(p)
	case evidence.LayerVPCE:
		verdict, _ := endpointSettled(r)
		return verdict
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock:
		none = r.onAccount()
	case evidence.LayerACLOwnership:
		none = r.onAccount() || r.directoryBucket() || r.onBucket() && !aclCovers(r)
	case evidence.LayerKeyPolicy:
		none = (r.onAccount() || r.onBucket()) && !aboutKMS(r)
	case evidence.LayerRequesterPays:
		if paysItself(r) {
			return Allow
		}
		none = r.own() || r.onAccount() || r.directoryBucket()
	default:
	}
	if none {
		return NotApplicable
	}
	return Unknown
}

// aclCovers reports whether an ACL could grant the call on a bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
func aclCovers(r *refusal) bool {
	return r.needs("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketAcl", "s3:PutBucketAcl")
}
