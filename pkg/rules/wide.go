package rules

import (
	"regexp"
	"strings"
)

// literal is how many characters of a pattern stand for themselves.
func literal(s string) int { return len(s) - strings.Count(s, "*") }

// leastLiteral is how many characters a pattern must name to be about something.
const leastLiteral = 3

// wrongPrincipal says what is wrong with a pattern for requesters.
func wrongPrincipal(p Pattern) string {
	s := string(p)
	if s == "anonymous" || strings.HasSuffix(s, ".amazonaws.com") && !p.Wild() {
		return ""
	}
	parts := strings.SplitN(s, ":", 6)
	switch {
	case len(parts) != 6 || parts[0] != "arn":
		return "want the ARN of a user, role or root, a service principal, or anonymous"
	case parts[2] == "sts" && strings.HasPrefix(parts[5], "assumed-role/"):
		return "which is a session: name the role, arn:aws:iam::ACCOUNT:role/PATH/NAME"
	case parts[2] != "iam" && parts[2] != "sts":
		return "which is no ARN of IAM"
	case !named(p) && !account.MatchString(parts[4]):
		return "which fits principals of every account"
	}
	return ""
}

// named reports whether a pattern for requesters says more of their name than its kind.
func named(p Pattern) bool {
	parts := strings.SplitN(string(p), ":", 6)
	if len(parts) != 6 {
		return true
	}
	resource := parts[5]
	for _, kind := range []string{"role/", "user/", "federated-user/"} {
		resource = strings.TrimPrefix(resource, kind)
	}
	return literal(resource) >= leastLiteral || !p.Wild()
}

func wrongBucket(p Pattern) string {
	if p.Wild() && literal(string(p)) < leastLiteral {
		return "which fits too many buckets: name 3 characters at least"
	}
	if strings.ContainsAny(string(p), "/:") {
		return "want the name of a bucket, without arn: and key"
	}
	return ""
}

var action = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*]+$`)

func wrongAction(p Pattern) string {
	if !action.MatchString(string(p)) {
		return "want an IAM action such as s3:GetObject"
	}
	_, name, _ := strings.Cut(string(p), ":")
	if p.Wild() && literal(name) < leastLiteral {
		return "which fits too many actions: name 3 characters at least"
	}
	return ""
}

func wrongAgent(p Pattern) string {
	if p.Wild() && literal(string(p)) < leastLiteral {
		return "which fits too many user agents: name 3 characters at least"
	}
	return ""
}

// wide says why a rule would ignore too much; empty: it does not.
func (m Match) wide() string {
	about := len(m.Buckets) > 0 || len(m.Actions) > 0 || len(m.Principals) > 0
	for _, p := range m.Principals {
		// Any of the patterns is enough to fit, so that the widest counts.
		about = about && (named(p) || len(m.Buckets)+len(m.Actions) > 0)
	}
	switch {
	case about, len(m.Accounts)+len(m.Principals) > 0 && len(m.Causes) > 0:
		return ""
	case len(m.Principals)+len(m.Accounts)+len(m.Causes)+len(m.UserAgents) == 0:
		return "is empty: the rule would ignore everything"
	case len(m.Accounts)+len(m.Principals) > 0:
		return "is too wide: it would ignore everything of an account; name a principal, bucket, action or cause besides"
	}
	return "is too wide: a cause or a user agent, which anybody may send, is not enough; name a principal, bucket or action"
}
