package diagnosis

import (
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// checks lists what is known of each layer for the authorization that AWS named,
// or else for the first that the call needs. Only the layer that AWS names has a
// verdict; the others were not read.
func checks(d trail.Denial, n named) []Check {
	a, ok := authorization(d)
	if !ok {
		return nil
	}
	one := func(l evidence.Layer) Check {
		c := Check{Layer: l, Action: a.Action, Resource: a.Resource, Account: a.Account, Verdict: Unknown}
		switch {
		case l == n.layer && n.verdict != "":
			c.Verdict, c.Because = n.verdict, n.because
		case notInvolved(d, l):
			c.Verdict = NotApplicable
		}
		return c
	}
	layers := []evidence.Layer{
		evidence.LayerSCP, evidence.LayerRCP, evidence.LayerVPCE,
		evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession,
		evidence.LayerBucketPolicy, evidence.LayerAccessPoint, evidence.LayerPublicAccessBlock, evidence.LayerACLOwnership,
		evidence.LayerKeyPolicy, evidence.LayerRequesterPays,
	}
	var out []Check
	listed := false
	for _, l := range layers {
		if l == evidence.LayerAccessPoint && d.AccessPoint == "" && l != n.layer {
			continue
		}
		listed = listed || l == n.layer
		out = append(out, one(l))
	}
	if !listed && n.layer != "" {
		out = append(out, one(n.layer))
	}
	return out
}

func authorization(d trail.Denial) (evidence.Authorization, bool) {
	for _, a := range d.Authorizations {
		if a.Action == d.Message.Action {
			return a, true
		}
	}
	if len(d.Authorizations) == 0 {
		return evidence.Authorization{}, false
	}
	return d.Authorizations[0], true
}

// notInvolved reports whether the record shows that a layer has no part in the
// request.
func notInvolved(d trail.Denial, l evidence.Layer) bool {
	p := d.Principal
	noIAM := p.Type == evidence.PrincipalAnonymous || p.Type == evidence.PrincipalService
	switch l {
	case evidence.LayerIdentity:
		return noIAM || p.Type == evidence.PrincipalRoot
	case evidence.LayerBoundary:
		return noIAM || p.Type == evidence.PrincipalRoot
	case evidence.LayerSession:
		return noIAM || p.Type == evidence.PrincipalUser
	case evidence.LayerSCP:
		return noIAM
	case evidence.LayerVPCE:
		return d.Category == trail.CategoryData && d.Service == "s3.amazonaws.com"
	case evidence.LayerACLOwnership, evidence.LayerKeyPolicy:
		return d.Bucket != "" && d.Key == "" && !aboutKMS(d)
	case evidence.LayerRequesterPays:
		return d.RequesterPays || p.Account != "" && p.Account == d.BucketAccount
	}
	return false
}
