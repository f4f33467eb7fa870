package policy

import "strings"

// Kind is how a Principal element named the caller. What a grant to it bypasses
// depends on the kind.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type Kind uint16

// The kinds. A statement may name a caller in several ways: kinds are a set.
const (
	ByWildcard      Kind = 1 << iota // "*"
	ByAccount                        // account id or root ARN: the account decides on
	ByUser                           // the ARN of the IAM user
	ByRole                           // the ARN of the role
	BySession                        // the ARN of the role session
	ByFederatedUser                  // the ARN of the federated user session
	ByIssuer                         // the ARN of the user that the federated session is of
	ByUniqueID                       // AIDA… or AROA…
	ByService                        // the service principal
	ByCanonicalUser                  // the canonical id of the account
	ByProvider                       // the identity provider of the session
	ByExclusion                      // NotPrincipal does not name it
)

// Has reports whether k contains all of other.
func (k Kind) Has(other Kind) bool { return k&other == other && other != 0 }

// String lists the kinds.
func (k Kind) String() string {
	var out []string
	for i, name := range [...]string{"wildcard", "account", "user", "role", "session", "federated user", "issuer", "unique id", "service", "canonical user", "provider", "exclusion"} {
		if k&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, "+")
}

// CallerType is what a caller is.
type CallerType uint8

// The types of callers.
const (
	CallerUnknown CallerType = iota
	CallerUser
	CallerRole // a session of it
	CallerRoot
	CallerFederated // a session of GetFederationToken
	CallerAnonymous
	CallerService
)

// Caller is who makes a request, as the Principal elements of policies may name
// it. A field left empty is not known, but for a caller that cannot have it.
type Caller struct {
	Type    CallerType
	Account string // 12 digits
	// ARN is that of the user, the role (with its path), the root user or the
	// federated user.
	ARN string
	// ARNUncertain says that ARN may lack the path of the role.
	ARNUncertain bool
	SessionARN   string // of a role session: arn:aws:sts::…:assumed-role/NAME/SESSION
	UniqueID     string // AIDA… or AROA…
	Issuer       string // of a federated session: the ARN of its user
	Service      string // of a service
	CanonicalID  string // of the account
	Provider     string // identity provider of the session
	// NoProvider says that the session does not come from an identity provider.
	NoProvider bool
	// Boundary says whether the caller has a permissions boundary: NotPrincipal in a
	// Deny never spares one that has.
	Boundary Truth
}

// partition returns the partition of the caller; empty if it is not known.
func (c *Caller) partition() string {
	for _, arn := range [...]string{c.ARN, c.SessionARN, c.Issuer} {
		if rest, ok := strings.CutPrefix(arn, "arn:"); ok {
			p, _, _ := strings.Cut(rest, ":")
			return p
		}
	}
	return ""
}

// names returns what a policy may call the caller by, the most usual first.
func (c *Caller) names() []string {
	var out []string
	for _, s := range [...]string{c.ARN, c.SessionARN, c.Service, c.UniqueID, c.Account} {
		if s != "" {
			out = append(out, s)
		}
	}
	if c.Type == CallerAnonymous {
		out = append(out, "anonymous")
	}
	return out
}
