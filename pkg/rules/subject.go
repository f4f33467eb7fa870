package rules

import (
	"slices"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Guard is why a denial may be an attack, or right, so that it is not ignored wholesale.
type Guard string

// The guards.
const (
	ExplicitDeny Guard = "an explicit deny made it"
	Outsider     Guard = "the requester is of an account that is not known as the operator's own"
	Anonymous    Guard = "the requester is anonymous"
	Probes       Guard = "the requester is probing"
)

// Subject is what rules are asked about.
type Subject struct {
	Principal evidence.Principal
	Bucket    string
	// Actions are those that may be the denied one: a rule about actions must fit all.
	Actions   []string
	Class     trail.Class
	Operation string
	UserAgent string
	Cause     diagnosis.CauseID // Undetermined where it is not known
	Guards    []Guard
}

// SubjectOf returns what rules are asked about a denial. Own are the accounts of the
// operator beside the one whose trail recorded it; probing says that the requester is one
// that Detector named.
func SubjectOf(d trail.Denial, x diagnosis.Diagnosis, own []string, probing bool) Subject {
	s := Subject{
		Principal: d.Principal, Bucket: d.Bucket, Class: d.Class(), Operation: d.Operation,
		UserAgent: d.UserAgent, Cause: Undetermined, Actions: actions(d),
	}
	if x.Cause != nil {
		s.Cause = x.Cause.ID
	}
	if explicit(d, x) {
		s.Guards = append(s.Guards, ExplicitDeny)
	}
	switch {
	case d.Principal.Type == evidence.PrincipalAnonymous:
		s.Guards = append(s.Guards, Anonymous)
	case d.Principal.Type != evidence.PrincipalService && outside(d, own):
		s.Guards = append(s.Guards, Outsider)
	}
	if probing {
		s.Guards = append(s.Guards, Probes)
	}
	return s
}

// actions are what AWS's message names, or else all that the call needs.
func actions(d trail.Denial) []string {
	if d.Message.Action != "" {
		return []string{d.Message.Action}
	}
	out := make([]string, len(d.Authorizations))
	for i, a := range d.Authorizations {
		out[i] = a.Action
	}
	return out
}

func explicit(d trail.Denial, x diagnosis.Diagnosis) bool {
	if d.Message.Explicit {
		return true
	}
	return slices.ContainsFunc(x.Checks, func(c diagnosis.Check) bool {
		return c.Verdict == diagnosis.Deny && c.Blocks != ""
	})
}

// outside reports whether the requester is of no account that is known as the
// operator's. The account that recorded a denial is one: its trail delivers here.
func outside(d trail.Denial, own []string) bool {
	a := d.Principal.Account
	return a == "" || a != d.Recipient && !slices.Contains(own, a)
}
