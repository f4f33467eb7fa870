package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Decision is every check that S3 makes for a request.
type Decision struct {
	// Allowed says whether the request passes: no check blocks it. Where one may, it is
	// Unknown; where one does, No, whatever else is unknown.
	Allowed policy.Truth
	// Authorizations are those of the request, and behind them those that follow from
	// the evidence.
	Authorizations []Authorization
	// Checks are by authorization, and in the order in which S3's documentation has
	// the layers.
	Checks []Check
	// NoKey says why the request uses no KMS key; it is empty where it does, or may.
	NoKey string

	asked   []*authorization
	spans   []span
	results []policy.Result
}

// Authorization is one action on one resource that the request needs.
type Authorization struct {
	evidence.Authorization
	// Because says what an authorization follows from that is not the request's own.
	Because string
	// Outcome is whether it passes.
	Outcome policy.Truth
}

// Check is one layer's part in the decision on one authorization.
type Check struct {
	Layer         evidence.Layer
	Authorization int // its place in Decision.Authorizations
	// Account is whose policy or setting it is; empty if that is not known.
	Account string
	Verdict Verdict
	// Blocks says whether this check refuses the request.
	Blocks policy.Truth
	// Denies and Allows say whether a statement of the layer's policies denies and
	// allows, MustAllow whether one has to allow. They are No for what is no policy.
	Denies, Allows, MustAllow policy.Truth

	from, to int    // of the spans
	text     string // the first note, where it is a sentence and no more
	details  *details
}

// details are what few checks have.
type details struct {
	notes []Note
	needs []Need
}

// Note is a fact that decides and stands in no policy.
type Note struct {
	Text    string // a sentence
	Element string // the setting or header, if it is one
	Wanted  string
	Got     string
}

// Need is something to be read that would settle a check.
type Need struct {
	Permission string // one or more, separated by commas
	Account    string // where; empty if not known
	Resource   string // of what, if that is not plain
}

// String returns the need as a sentence has it: s3:GetBucketPolicy in 222222222222.
func (n Need) String() string {
	if n.Account == "" {
		return n.Permission
	}
	return n.Permission + " in " + n.Account
}

// Needs returns what would settle a check that is unknown.
func (d *Decision) Needs(c *Check) []Need {
	if c.details == nil {
		return nil
	}
	return c.details.needs
}

// Blocking returns the checks that block (Yes), or that may (Unknown), in order.
func (d *Decision) Blocking(t policy.Truth) []*Check {
	var out []*Check
	for i := range d.Checks {
		if d.Checks[i].Blocks == t && t != policy.No {
			out = append(out, &d.Checks[i])
		}
	}
	return out
}

// span is the results of one document for one authorization.
type span struct {
	document *document
	asked    *authorization
	level    string // of the organization
	from, to int    // of the results
}
