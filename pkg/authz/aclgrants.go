package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// The groups that an ACL can name.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
const (
	groupEverybody     = "http://acs.amazonaws.com/groups/global/AllUsers"
	groupAuthenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	groupLogDelivery   = "http://acs.amazonaws.com/groups/s3/LogDelivery"
	// anonymousID is the canonical id of requests without a signature.
	anonymousID = "65a011a29cdf8ec533ec3d1ccaae921c"
)

// aclGrants is what an ACL gives the requester.
type aclGrants struct {
	some      policy.Truth // it gives the permission
	everybody policy.Truth // by a group that everybody is in
	ignored   bool         // it would, if public ACLs were not ignored
}

// aclGrants says whether an ACL gives the requester a permission.
func (x *decider) aclGrants(a *authorization, r evidence.Read[evidence.ACL], permission string) aclGrants {
	out := aclGrants{some: policy.No, everybody: policy.No}
	acl, ok := r.Value()
	switch {
	case permission == "":
		return out
	case !ok:
		out.some = policy.Of(r.State() != evidence.StateAbsent).And(policy.Unknown)
		out.everybody = out.some
		return out
	}
	ignored := x.setting(&a.target, ignores)
	for _, g := range acl.Grants {
		if g.Permission != permission && g.Permission != "FULL_CONTROL" {
			continue
		}
		member := policy.No
		switch g.Grantee.URI {
		case groupEverybody:
			member = policy.Yes
		case groupAuthenticated:
			member = policy.Of(x.caller.signed())
		case groupLogDelivery:
			out.some = out.some.Or(policy.Of(x.caller.Service == "logging.s3.amazonaws.com"))
		case "":
			switch {
			case x.caller.signed():
				out.some = out.some.Or(x.isCaller(a, g.Grantee.ID))
			case x.caller.Type == evidence.PrincipalAnonymous && g.Grantee.ID == anonymousID:
				out.some = out.some.Or(policy.Unknown)
			}
		default:
		}
		out.everybody = out.everybody.Or(member.And(ignored.Not()))
		out.ignored = out.ignored || member == policy.Yes && ignored == policy.Yes
	}
	out.some = out.some.Or(out.everybody)
	return out
}

// aclHeaders are the headers by which a request carries an ACL: a canned one, and
// grants.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
func aclHeaders() []string {
	return []string{"s3:x-amz-acl", "s3:x-amz-grant-read", "s3:x-amz-grant-write", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write-acp", "s3:x-amz-grant-full-control"}
}

// publicACL says whether the request carries an ACL that is open to everybody.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
func publicACL(r *Request) policy.Truth {
	t := policy.No
	headers := aclHeaders()
	canned := r.Context.Lookup(headers[0])
	switch canned.State {
	case policy.NotKnown:
		t = policy.Unknown
	case policy.Present:
		for _, v := range canned.Values {
			switch v {
			case "public-read", "public-read-write", "authenticated-read":
				return policy.Yes
			default:
			}
		}
	case policy.Absent:
	}
	for _, key := range headers[1:] {
		v := r.Context.Lookup(key)
		if v.State == policy.NotKnown {
			t = t.Or(policy.Unknown)
		}
		for _, s := range v.Values {
			if strings.Contains(s, groupEverybody) || strings.Contains(s, groupAuthenticated) {
				return policy.Yes
			}
		}
	}
	return t
}
