package diagnosis

import (
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// sharpen gives a blocker the name and the words that say exactly what is wrong,
// where the evidence shows it.
func (b *blocker) sharpen(r *refusal, d *authz.Decision) {
	a := d.Authorizations[b.check.Authorization]
	near, ok := nearest(b.reasons)
	switch b.id {
	case BucketPolicyNoAllow, AnonymousNoGrant:
		if notedElement(d, b.check) == "IgnorePublicAcls" {
			b.id, b.isA = BPAIgnorePublicACLs, BucketPolicyNoAllow
			return
		}
		if ok && b.id == BucketPolicyNoAllow {
			b.sharpenPrincipal(r, near)
		}
	case ServicePrincipalCondition:
		b.isA = BucketPolicyNoAllow
	case AccessPointDelegation:
		b.isA = BucketPolicyNoAllow
	default:
	}
	switch {
	case b.sharp != "":
	case b.id == RequesterPays || b.id == SSECBlocked || b.id == MissingObject:
		// Their own words say all there is.
	case b.denies:
		b.sharp = denySharp(b.reasons)
	case ok:
		b.sharp = nearSharp(near, a)
	}
}

// nearest returns the statement that comes nearest to allowing.
func nearest(reasons []authz.Reason) (authz.Reason, bool) {
	for _, reason := range reasons {
		if reason.Policy != "" && reason.Effect == policy.Allow && reason.Matches != policy.Yes && reason.Element != policy.ElementNone {
			return reason, true
		}
	}
	return authz.Reason{}, false
}

// sharpenPrincipal recognizes a Principal that nearly names the requester, and one
// that names somebody who was deleted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (b *blocker) sharpenPrincipal(r *refusal, near authz.Reason) {
	if near.Element != policy.ElementPrincipal || near.Matches != policy.No {
		return
	}
	for _, w := range near.Wanted {
		if why := nearMiss(r.Principal, w); why != "" {
			b.id, b.isA, b.sharp = PrincipalMismatch, BucketPolicyNoAllow, why
			return
		}
	}
	for _, w := range near.Wanted {
		if uniqueID(w) && r.Principal.ID != "" && w != r.Principal.ID && w[:4] == r.Principal.ID[:min(4, len(r.Principal.ID))] {
			b.id, b.isA = StalePrincipalID, BucketPolicyNoAllow
			b.sharp = fmt.Sprintf("it names %s, a principal that was deleted; %s has the id %s", w, Who(r.Principal), r.Principal.ID)
			return
		}
	}
}

// uniqueID recognizes what AWS shows in a policy in the place of a user or role that
// was deleted.
func uniqueID(s string) bool {
	return len(s) >= 16 && (strings.HasPrefix(s, "AIDA") || strings.HasPrefix(s, "AROA")) && spelled(s, "")
}

// nearMiss says how a principal of a policy misses a requester that it is nearly the
// name of; empty if it is not.
func nearMiss(p evidence.Principal, written string) string {
	service, account, rest, ok := splitARN(written)
	mine, myAccount, myRest, known := splitARN(p.ARN)
	if !ok || !known || service == "iam" && rest == "root" {
		return ""
	}
	kind, name, _ := strings.Cut(rest, "/")
	myKind, myName, _ := strings.Cut(myRest, "/")
	last, myLast := lastOf(name), lastOf(myName)
	switch {
	case kind == "assumed-role":
		role, session, _ := strings.Cut(name, "/")
		if p.Type == evidence.PrincipalRole && account == myAccount && role == myLast && session != p.Session {
			return fmt.Sprintf("it names the session %s of the role, and the request came from session %s", quote(session), quote(p.Session))
		}
		return ""
	case strings.ContainsAny(written, "*?"):
		if account == myAccount && kind == myKind {
			return "it names " + written + ", and a wildcard in a Principal matches nothing"
		}
		return ""
	case account == myAccount && kind == myKind && service == mine && last == myLast && name != myName:
		return fmt.Sprintf("it names %s, and the path of the %s is part of its ARN: %s", written, kind, p.ARN)
	case account == myAccount && kind != myKind && last == myLast:
		return fmt.Sprintf("it names the %s %s, and the requester is a %s of that name", kind, name, p.Type)
	case account != myAccount && kind == myKind && last == myLast:
		return fmt.Sprintf("it names %s of account %s, and the requester is of account %s", lastOf(name), account, myAccount)
	case account == myAccount && kind == myKind && strings.EqualFold(name, myName):
		return fmt.Sprintf("it names %s, and names count with upper and lower case", written)
	case account == myAccount && ssoSet(name) != "" && ssoSet(name) == ssoSet(myName):
		return fmt.Sprintf("it names %s, and IAM Identity Center has made the role anew as %s", lastOf(name), myLast)
	}
	return ""
}

// ssoSet returns the permission set of a role of IAM Identity Center.
func ssoSet(name string) string {
	if last := lastOf(name); strings.HasPrefix(last, "AWSReservedSSO_") {
		return permissionSet(last)
	}
	return ""
}

// nearSharp says what the nearest statement lacks.
func nearSharp(near authz.Reason, a authz.Authorization) string {
	in := statementName(near)
	switch near.Element {
	case policy.ElementResource:
		return resourceSharp(near, a, in)
	case policy.ElementCondition:
		return in + " " + conditionSharp(near.Failure)
	case policy.ElementAction:
		if len(near.Wanted) == 1 {
			return fmt.Sprintf("the nearest, %s, allows %s", in, near.Wanted[0])
		}
		return ""
	case policy.ElementPrincipal:
		if len(near.Wanted) == 1 {
			return fmt.Sprintf("the nearest, %s, names %s", in, near.Wanted[0])
		}
		return ""
	default:
		return ""
	}
}

// statementName names a statement in a few words.
func statementName(r authz.Reason) string {
	if r.SID != "" {
		return fmt.Sprintf("statement %q of %s", r.SID, r.Policy)
	}
	return fmt.Sprintf("statement %d of %s", r.Statement, r.Policy)
}

// resourceSharp says how a Resource misses: the bucket in the place of its objects or
// the reverse, a variable that is text, letters of another case, another prefix.
func resourceSharp(near authz.Reason, a authz.Authorization, in string) string {
	got := a.Resource
	bucket, key, object := strings.Cut(strings.TrimPrefix(got, "arn:aws:s3:::"), "/")
	for _, w := range near.Wanted {
		switch {
		case object && w == strings.TrimSuffix(got, "/"+key):
			return fmt.Sprintf("%s names the bucket, and %s is asked for its objects: %s/*", in, a.Action, w)
		case !object && bucket != "" && strings.HasPrefix(w, got+"/"):
			return fmt.Sprintf("%s names objects, and %s is asked for the bucket itself: %s", in, a.Action, got)
		case strings.Contains(w, "${") && near.Version != policy.Version2012:
			return fmt.Sprintf(`%s has a variable, which is mere text in a policy without "Version": "2012-10-17"`, in)
		case strings.EqualFold(w, got) || foldedGlob(w, got):
			return fmt.Sprintf("%s has %s, and keys count with upper and lower case", in, w)
		}
	}
	if len(near.Wanted) == 1 {
		return fmt.Sprintf("%s is about %s", in, near.Wanted[0])
	}
	return ""
}

// foldedGlob reports whether a resource would match if case did not count.
func foldedGlob(pattern, resource string) bool {
	doc, err := json.Marshal(map[string]any{"Statement": map[string]any{"Effect": "Allow", "Action": "*", "Resource": strings.ToLower(pattern)}})
	if err != nil {
		return false
	}
	p, err := policy.Parse(doc)
	if err != nil {
		return false
	}
	return p.Match(policy.NewRequest("a:b", strings.ToLower(resource), nil, nil), nil)[0].Truth == policy.Yes
}

// conditionSharp says what a condition wanted and what it got.
func conditionSharp(f policy.Failure) string {
	wants := fmt.Sprintf("wants %s %s %s", f.Key, f.Operator, someOf(f.Wanted))
	switch {
	case f.State == policy.Absent:
		return wants + ", and the request has no " + f.Key
	case f.State == policy.Present && len(f.Got) > 0:
		return wants + ", and the request has " + strings.Join(f.Got, ", ")
	}
	return wants
}

// denySharp says which statement denies, and which condition lets it.
func denySharp(reasons []authz.Reason) string {
	for _, reason := range reasons {
		if reason.Policy == "" || reason.Effect != policy.Deny {
			continue
		}
		s := statementName(reason)
		if len(reason.Held) == 0 {
			return s + " denies it without a condition"
		}
		f := reason.Held[0]
		has := "has no " + f.Key
		if f.State == policy.Present {
			has = "has " + strings.Join(f.Got, ", ")
		}
		return fmt.Sprintf("%s denies where %s %s %s, and the request %s", s, f.Key, f.Operator, someOf(f.Wanted), has)
	}
	for _, reason := range reasons {
		if reason.Policy == "" && reason.Text != "" {
			return reason.Text
		}
	}
	return ""
}

// someOf names the first of several values, and how many there are besides.
func someOf(values []string) string {
	const most = 3
	if len(values) <= most {
		return strings.Join(values, " or ")
	}
	return fmt.Sprintf("%s or %d more", strings.Join(values[:most], ", "), len(values)-most)
}
