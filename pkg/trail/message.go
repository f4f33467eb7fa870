package trail

import (
	"strings"
)

// PolicyType is the type of policy that AWS names as the reason of a denial, in
// AWS's own words.
type PolicyType string

// The policy types of AWS's access denied messages.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
const (
	IdentityBased       PolicyType = "identity-based"
	ResourceBased       PolicyType = "resource-based"
	SessionPolicy       PolicyType = "session"
	ServiceControl      PolicyType = "service control"
	ResourceControl     PolicyType = "resource control"
	VPCEndpointPolicy   PolicyType = "VPC endpoint"
	PermissionsBoundary PolicyType = "permissions boundary"
	RoleTrust           PolicyType = "role trust"
)

// Form is the form of an access denied message.
type Form string

// The forms of the messages that S3 and KMS give.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
const (
	// FormNone: there is no message.
	FormNone Form = ""
	// FormGeneric: "Access Denied" and no more.
	FormGeneric Form = "generic"
	// FormPolicy: a policy type is named, with whether it denies or does not allow.
	FormPolicy Form = "policy"
	// FormDeny: an explicit deny in a policy whose type is not named.
	FormDeny Form = "explicit deny"
	// FormKeyUnreachable: the KMS key is missing, or its policy does not allow or
	// denies: AWS does not say which of the three.
	FormKeyUnreachable Form = "key unreachable"
	// FormBlockPublicAcls and FormBlockPublicPolicy: the setting of S3 Block Public
	// Access of that name.
	FormBlockPublicAcls   Form = "BlockPublicAcls"
	FormBlockPublicPolicy Form = "BlockPublicPolicy"
	// FormSSECBlocked: the bucket takes no uploads under customer-provided keys.
	FormSSECBlocked Form = "SSE-C blocked"
	// FormVPCEndpoint: the fixed text of a network activity event.
	FormVPCEndpoint Form = "VPC endpoint policy"
	// FormObjectLock: the object version is locked.
	FormObjectLock Form = "object lock"
	// FormMFADelete: the delete or the change of versioning needs MFA.
	FormMFADelete Form = "MFA delete"
	// FormAccessGrants: no S3 Access Grants grant covers the request.
	FormAccessGrants Form = "access grants"
	// FormExpired: the presigned URL has expired.
	FormExpired Form = "expired"
	// FormTruncated: CloudTrail cut the message before its reason.
	FormTruncated Form = "truncated"
	// FormOther: a text of no known form.
	FormOther Form = "other"
)

// Message is what the text of a 403 says.
type Message struct {
	Form Form
	// Principal is the ARN of the requester, as the message has it.
	Principal string
	// Action is the IAM action that was refused: s3:ListBucket, kms:Decrypt.
	Action string
	// Resource is the ARN that the action was refused on; empty if not named.
	Resource string
	// Ciphertext says that the message speaks of "the resource associated with this
	// ciphertext": the KMS key of the object, without its name.
	Ciphertext bool
	// Policy is the type of the policy that refused, if Form is FormPolicy.
	Policy PolicyType
	// Explicit tells an explicit deny from the want of an allow.
	Explicit bool
	// PolicyARN is the ARN of the policy that denies, where AWS gives it.
	PolicyARN string
	// Through is the policy type through which Policy was applied: "transitively
	// through a service control policy".
	Through PolicyType
	// AuthorizationID is the id to ask IAM for the details of this decision.
	AuthorizationID string
	// Truncated says that CloudTrail cut the message: what is missing is unknown,
	// not absent.
	Truncated bool
}

// ParseMessage reads the text of a 403. It never fails: a text of no known form is
// FormOther. Object keys are part of the text and chosen by the requester, so the
// resource is everything up to the last quotation mark, and a message as long as
// CloudTrail lets it be has no trusted reason: its end may be the key's.
func ParseMessage(text string) Message {
	if strings.TrimSpace(text) == "" {
		return Message{}
	}
	if len(text) >= maxMessage {
		return parseCut(text)
	}
	words := scanner{rest: text}
	if !words.word("User:") {
		return Message{Form: fixedForm(text)}
	}
	m, ok := parseSubject(&words)
	if !ok {
		return Message{Form: FormOther}
	}
	reason, ok := parseTarget(&words, &m)
	if !ok {
		m.Form, m.Truncated = FormTruncated, true
		return m
	}
	parseReason(reason, &m)
	return m
}

// parseCut reads what a cut message still proves: who, and which action.
func parseCut(text string) Message {
	m := Message{Form: FormTruncated, Truncated: true}
	words := scanner{rest: text}
	if !words.word("User:") {
		if f := fixedForm(text); f != FormOther {
			m.Form = f
		}
		return m
	}
	if subject, ok := parseSubject(&words); ok {
		m.Principal, m.Action = subject.Principal, subject.Action
	}
	return m
}

// parseSubject reads `ARN is not authorized to perform: ACTION`.
func parseSubject(words *scanner) (Message, bool) {
	var m Message
	m.Principal = words.token()
	for _, w := range []string{"is", "not", "authorized", "to", "perform:"} {
		if !words.word(w) {
			return m, false
		}
	}
	m.Action = strings.TrimRight(words.token(), ".,;")
	service, name, ok := strings.Cut(m.Action, ":")
	return m, ok && service != "" && name != ""
}

// parseTarget reads `on resource: "ARN"` and its variants, and returns what
// follows. It fails where the resource does not end.
func parseTarget(words *scanner, m *Message) (reason string, ok bool) {
	if !words.word("on") {
		return words.rest, true
	}
	words.word("resource:")
	if words.phrase("the resource associated with this ciphertext") {
		m.Ciphertext = true
		return words.rest, true
	}
	if words.phrase("this resource") {
		return words.rest, true
	}
	rest := strings.TrimLeft(words.rest, " \t\r\n")
	if rest == "" {
		return "", false
	}
	if rest[0] != '"' {
		words.word("role")
		words.word("policy")
		m.Resource = words.token()
		return words.rest, true
	}
	// The key may hold quotation marks of its own; what follows the resource never
	// does.
	end := strings.LastIndexByte(rest, '"')
	if end == 0 {
		return "", false
	}
	m.Resource = rest[1:end]
	return rest[end+1:], true
}

// parseReason reads what follows the resource.
func parseReason(text string, m *Message) {
	m.AuthorizationID = authorizationID(text)
	words := scanner{rest: text}
	m.Form = FormOther
	switch {
	case words.word("because"):
		parseBecause(&words, m)
	case words.phrase("with an explicit deny"):
		m.Form, m.Explicit = FormDeny, true
		parseDeny(&words, m)
	case strings.Trim(words.rest, " \t\r\n.") == "":
		// No reason was given, as services did before they named policy types.
		m.Form = FormGeneric
	}
}

func parseBecause(words *scanner, m *Message) {
	switch {
	case words.phrase("public ACLs are prevented by the BlockPublicAcls setting"):
		m.Form = FormBlockPublicAcls
	case words.phrase("public policies are prevented by the BlockPublicPolicy setting"):
		m.Form = FormBlockPublicPolicy
	case words.phrase("this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys"):
		m.Form = FormSSECBlocked
	case words.phrase("the resource does not exist in this Region"):
		m.Form = FormKeyUnreachable
	case words.word("no"):
		policy, ok := words.policyType()
		if !ok || !(words.word("allows") || words.word("allow")) {
			return
		}
		m.Form, m.Policy = FormPolicy, policy
	}
}

// parseDeny reads ` in an identity-based policy: ARN`, all of which may be missing.
func parseDeny(words *scanner, m *Message) {
	if !words.word("in") {
		return
	}
	words.article()
	policy, ok := words.policyType()
	if !ok {
		return
	}
	m.Form, m.Policy = FormPolicy, policy
	if words.phrase("transitively through") {
		words.article()
		m.Through, _ = words.policyType()
	}
	rest := strings.TrimLeft(words.rest, " \t\r\n")
	if after, ok := strings.CutPrefix(rest, ":"); ok {
		arn := (&scanner{rest: after}).token()
		if strings.HasPrefix(arn, "arn:") {
			m.PolicyARN = strings.TrimRight(arn, ".,;")
		}
	}
}

// fixedForm recognizes the messages that do not begin with "User:".
func fixedForm(text string) Form {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, f := range []struct {
		prefix string
		form   Form
	}{
		// The longer texts that begin with "access denied" come first.
		{"access denied because object protected by object lock", FormObjectLock},
		{"the request was denied due to a vpc endpoint policy", FormVPCEndpoint},
		{"mfa authentication must be used for this request", FormMFADelete},
		{"request has expired", FormExpired},
	} {
		if strings.HasPrefix(text, f.prefix) {
			return f.form
		}
	}
	switch {
	case strings.HasPrefix(text, "you do not have ") && strings.Contains(text, "permissions to the requested s3 prefix"):
		return FormAccessGrants
	case strings.Trim(text, " .!") == "access denied", strings.Trim(text, " .!") == "forbidden", strings.Trim(text, " .!") == "accessdenied":
		return FormGeneric
	case strings.HasPrefix(text, "the ciphertext refers to a customer master key that does not exist"):
		return FormKeyUnreachable
	}
	return FormOther
}

// authorizationID finds `authorization id: ID`.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
func authorizationID(text string) string {
	_, after, ok := strings.Cut(text, "authorization id:")
	if !ok {
		return ""
	}
	return strings.TrimRight((&scanner{rest: after}).token(), ".,;")
}

// scanner reads a message word by word; any white space separates words.
type scanner struct{ rest string }

const space = " \t\r\n"

// token returns the next word, empty at the end.
func (s *scanner) token() string {
	rest := strings.TrimLeft(s.rest, space)
	end := strings.IndexAny(rest, space)
	if end < 0 {
		end = len(rest)
	}
	s.rest = rest[end:]
	return rest[:end]
}

// word consumes the next word if it is w, in any case.
func (s *scanner) word(w string) bool {
	before := s.rest
	if strings.EqualFold(s.token(), w) {
		return true
	}
	s.rest = before
	return false
}

// phrase consumes words if they come next; the last may carry punctuation.
func (s *scanner) phrase(words string) bool {
	before := s.rest
	for words != "" {
		var w string
		w, words, _ = strings.Cut(words, " ")
		next := s.token()
		if words == "" {
			bare := strings.TrimRight(next, ".,;:")
			s.rest = next[len(bare):] + s.rest
			next = bare
		}
		if !strings.EqualFold(next, w) {
			s.rest = before
			return false
		}
	}
	return true
}

func (s *scanner) article() {
	_ = s.word("a") || s.word("an") || s.word("the")
}

// policyType consumes the name of a policy type with the word policy, if it has
// one: "identity-based policy", "permissions boundary".
func (s *scanner) policyType() (PolicyType, bool) {
	for _, t := range []struct {
		words string
		is    PolicyType
	}{
		{"identity-based policy", IdentityBased}, {"identity-based policies", IdentityBased},
		{"resource-based policy", ResourceBased}, {"resource-based policies", ResourceBased},
		{"session policy", SessionPolicy}, {"sessions policy", SessionPolicy},
		{"service control policy", ServiceControl},
		{"resource control policy", ResourceControl},
		{"VPC endpoint policy", VPCEndpointPolicy},
		{"permissions boundary policy", PermissionsBoundary}, {"permissions boundary", PermissionsBoundary},
		{"role trust policy", RoleTrust},
	} {
		if s.phrase(t.words) {
			return t.is, true
		}
	}
	return "", false
}
