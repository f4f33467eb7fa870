package trail

import (
	"slices"
	"strings"

	"why403/pkg/evidence"
)

// SameRequest reports whether two denials are copies of one request, delivered to
// two accounts.
func SameRequest(a, b Denial) bool {
	return a.SharedEventID != "" && a.SharedEventID == b.SharedEventID && a.Operation == b.Operation
}

// Merge makes one Denial of two copies of one request: the requester's copy knows
// the requester, the bucket owner's copy the bucket, and each lacks what the other
// has. The result does not depend on the order.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html
func Merge(a, b Denial) Denial {
	if requesterCopy(b) && !requesterCopy(a) || requesterCopy(a) == requesterCopy(b) && b.EventID < a.EventID {
		a, b = b, a
	}
	d := a
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&d.RequestID, b.RequestID}, {&d.Region, b.Region},
		{&d.Bucket, b.Bucket}, {&d.Key, b.Key}, {&d.VersionID, b.VersionID}, {&d.BucketAccount, b.BucketAccount},
		{&d.AccessPoint, b.AccessPoint}, {&d.AccessPointAlias, b.AccessPointAlias},
		{&d.ErrorCode, b.ErrorCode}, {&d.KMSKey, b.KMSKey},
		{&d.VPCEndpointID, b.VPCEndpointID}, {&d.VPCEndpointAccount, b.VPCEndpointAccount},
		{&d.SourceIP, b.SourceIP}, {&d.UserAgent, b.UserAgent},
	} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	if d.Time.IsZero() {
		d.Time = b.Time
	}
	d.RequesterPays = a.RequesterPays || b.RequesterPays
	d.Principal = mergePrincipal(a.Principal, b.Principal)
	if tells(b.Message) > tells(a.Message) {
		d.Message, d.ErrorMessage = b.Message, b.ErrorMessage
	}
	d.Authorizations = mergeAuthorizations(a.Authorizations, b.Authorizations)
	d.Context = mergeContext(a.Context, b.Context)
	return d
}

// requesterCopy reports whether a record was delivered to the requester's account.
func requesterCopy(d Denial) bool {
	return d.Recipient != "" && d.Recipient == d.Principal.Account
}

func mergePrincipal(a, b evidence.Principal) evidence.Principal {
	if a.ARN == "" || a.PathUnknown && b.ARN != "" && !b.PathUnknown {
		a, b = b, a
	}
	if a.ID == "" {
		a.ID = b.ID
	}
	if a.Session == "" {
		a.Session = b.Session
	}
	if a.AccessKeyID == "" {
		a.AccessKeyID = b.AccessKeyID
	}
	return a
}

// tells ranks messages by how much they say.
func tells(m Message) int {
	switch m.Form {
	case FormNone:
		return 0
	case FormGeneric:
		return 1
	case FormTruncated, FormOther:
		return 2
	case FormPolicy:
		if m.PolicyARN != "" {
			return 5
		}
		return 4
	default:
		return 3
	}
}

// mergeAuthorizations completes the accounts that one copy leaves out, and adds
// what only the other has.
func mergeAuthorizations(a, b []evidence.Authorization) []evidence.Authorization {
	all := slices.Clone(a)
	for _, x := range b {
		i := slices.IndexFunc(all, func(y evidence.Authorization) bool {
			return strings.EqualFold(x.Action, y.Action) && (x.Resource == y.Resource || y.Resource == "" || x.Resource == "")
		})
		if i < 0 {
			all = append(all, x)
			continue
		}
		if all[i].Resource == "" {
			all[i].Resource = x.Resource
		}
		if all[i].Account == "" {
			all[i].Account = x.Account
		}
	}
	return all
}

// mergeContext keeps the keys of a, and takes from b those that a does not know.
func mergeContext(a, b evidence.Context) evidence.Context {
	all := slices.Clone(a)
	for _, k := range b {
		i := slices.IndexFunc(all, func(have evidence.ContextKey) bool { return strings.EqualFold(have.Name, k.Name) })
		switch {
		case i < 0:
			all = append(all, k)
		case all[i].State == evidence.KeyUnknown && k.State != evidence.KeyUnknown:
			all[i] = k
		}
	}
	return all
}
