package policy

// Effect is what a statement does to a request that it matches.
type Effect uint8

// The effects.
const (
	Allow Effect = iota
	Deny
)

// String returns the effect as a policy spells it.
func (e Effect) String() string {
	if e == Deny {
		return "Deny"
	}
	return "Allow"
}

// Versions of the policy language. Only 2012-10-17 knows variables; in a document
// of another version, or without one, "${aws:username}" is that text.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Policy is a document, compiled. It is immutable and safe for concurrent use.
type Policy struct {
	version    string
	id         string
	statements []Statement
	unknown    []member
	problems   []Problem
}

// member is an element that is not known, kept to be printed.
type member struct{ name, json string }

// Version returns the version that the document names; empty if it names none,
// which means 2008-10-17.
func (p *Policy) Version() string { return p.version }

// ID returns the Id of the document.
func (p *Policy) ID() string { return p.id }

// Statements returns the statements in the order of the document. The caller must
// not change them.
func (p *Policy) Statements() []Statement { return p.statements }

// Problems returns what is in the document and was not understood. Whether a
// statement matches is never answered from something that was not.
func (p *Policy) Problems() []Problem { return p.problems }

// Statement is one statement, compiled.
type Statement struct {
	sid    string
	effect Effect

	principals   []principal
	groups       []group
	hasPrincipal bool // Principal or NotPrincipal is there
	notPrincipal bool

	actions   []pattern
	notAction bool

	resources   []pattern
	hasResource bool // Resource or NotResource is there
	notResource bool

	conditions []condition

	unknown []member
}

// group is the values of one member of a Principal element.
type group struct {
	name      string // AWS, Service, Federated, CanonicalUser
	values    []string
	everybody bool // the element is not an object but "*"
}

// SID returns the statement's Sid.
func (s *Statement) SID() string { return s.sid }

// Effect returns the statement's effect.
func (s *Statement) Effect() Effect { return s.effect }

// Actions returns the actions as written, and whether they are those of a
// NotAction.
func (s *Statement) Actions() (actions []string, not bool) {
	return sources(s.actions), s.notAction
}

// Resources returns the resources as written, and whether they are those of a
// NotResource.
func (s *Statement) Resources() (resources []string, not bool) {
	return sources(s.resources), s.notResource
}

// Principals returns the values of one member of the Principal or NotPrincipal:
// AWS, Service, Federated or CanonicalUser. For the element "*" it is that value of
// AWS.
func (s *Statement) Principals(member string) []string {
	var out []string
	for _, g := range s.groups {
		if g.name == member || g.everybody && member == "AWS" {
			out = append(out, g.values...)
		}
	}
	return out
}

// HasNotPrincipal reports whether the statement has a NotPrincipal instead of a
// Principal.
func (s *Statement) HasNotPrincipal() bool { return s.notPrincipal }

// Condition is one operator on one key with its values, as written.
type Condition struct {
	Operator, Key string
	Values        []string
}

// Conditions returns the conditions in the order of the statement.
func (s *Statement) Conditions() []Condition {
	out := make([]Condition, len(s.conditions))
	for i, c := range s.conditions {
		out[i] = Condition{c.name, c.key, c.values}
	}
	return out
}

func sources(patterns []pattern) []string {
	out := make([]string, len(patterns))
	for i := range patterns {
		out[i] = patterns[i].source
	}
	return out
}
