package trail

import (
	"bytes"
	"cmp"
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
// has. Event, recipient and record are those of the requester's copy. The result
// does not depend on the order.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html
func Merge(a, b Denial) Denial {
	if order(a, b) > 0 {
		a, b = b, a
	}
	d := a
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&d.SharedEventID, b.SharedEventID}, {&d.RequestID, b.RequestID}, {&d.Region, b.Region}, {&d.Partition, b.Partition},
		{&d.Service, b.Service}, {&d.Operation, b.Operation}, {&d.Delegate, b.Delegate},
		{&d.Bucket, b.Bucket}, {&d.Key, b.Key}, {&d.VersionID, b.VersionID}, {&d.BucketAccount, b.BucketAccount},
		{&d.AccessPoint, b.AccessPoint}, {&d.AccessPointAlias, b.AccessPointAlias},
		{&d.ErrorCode, b.ErrorCode}, {&d.KMSKey, b.KMSKey},
		{&d.VPCEndpointID, b.VPCEndpointID}, {&d.VPCEndpointAccount, b.VPCEndpointAccount},
		{&d.SourceIP, b.SourceIP}, {&d.UserAgent, b.UserAgent},
	} {
		*f.to = cmp.Or(*f.to, f.from)
	}
	d.Category = cmp.Or(d.Category, b.Category)
	if d.Time.IsZero() {
		d.Time = b.Time
	}
	d.Website = a.Website || b.Website
	d.RequesterPays = a.RequesterPays || b.RequesterPays
	d.Principal = mergePrincipal(a.Principal, b.Principal)
	if tells(b.Message) > tells(a.Message) {
		d.Message, d.ErrorMessage = b.Message, b.ErrorMessage
	}
	d.Authorizations = mergeAuthorizations(a.Authorizations, b.Authorizations)
	if d.Unauthorized = cmp.Or(a.Unauthorized, b.Unauthorized); len(d.Authorizations) > 0 {
		d.Unauthorized = ""
	}
	d.Context = mergeContext(a.Context, b.Context)
	return d
}

// order sorts the requester's copy before the others, and those in an order of
// their own.
func order(a, b Denial) int {
	if x, y := requesterCopy(a), requesterCopy(b); x != y {
		if x {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.Recipient, b.Recipient), bytes.Compare(a.Record, b.Record))
}

// requesterCopy reports whether a record was delivered to the requester's account.
func requesterCopy(d Denial) bool {
	return d.Recipient != "" && d.Recipient == d.Principal.Account
}

// mergePrincipal takes the principal that is known better, and from the other what
// that lacks.
func mergePrincipal(a, b evidence.Principal) evidence.Principal {
	if identifies(b) > identifies(a) {
		a, b = b, a
	}
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&a.ARN, b.ARN}, {&a.Account, b.Account}, {&a.ID, b.ID}, {&a.Session, b.Session},
		{&a.AccessKeyID, b.AccessKeyID}, {&a.Service, b.Service}, {&a.Via, b.Via}, {&a.Issuer, b.Issuer},
	} {
		*f.to = cmp.Or(*f.to, f.from)
	}
	return a
}

// identifies ranks principals by how much they say of who asked.
func identifies(p evidence.Principal) int {
	switch {
	case p.ARN != "" && !p.PathUnknown:
		return 3
	case p.ARN != "":
		return 2
	case p.Type != evidence.PrincipalAccount && p.Type != "":
		return 1
	default:
		return 0
	}
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

// mergeAuthorizations completes the resources and accounts that one copy leaves
// out, and adds what only the other has.
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
		all[i].Resource = cmp.Or(all[i].Resource, x.Resource)
		all[i].Account = cmp.Or(all[i].Account, x.Account)
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
