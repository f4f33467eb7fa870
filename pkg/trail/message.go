package trail

import (
	"strings"
	"unicode/utf8"
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
	words, m := scanner{rest: text}, Message{Form: FormOther}
	switch named := words.phrase("User:") && parseSubject(&words, &m); {
	case mayBeCut(text):
		m.Truncated = true
		if m.Form = fixedForm(text); m.Form == FormOther {
			m.Form = FormTruncated
		}
	case named:
		parseTarget(&words, &m)
	default:
		m.Form = fixedForm(text)
	}
	return m
}

// mayBeCut reports whether a message is as long as CloudTrail lets it be. It may
// be a few bytes shorter than that where a character did not fit in whole.
func mayBeCut(text string) bool { return len(text) > maxMessage-utf8.UTFMax }

// parseSubject reads `ARN is not authorized to perform: ACTION`.
func parseSubject(words *scanner, m *Message) bool {
	principal := words.token()
	if !words.phrase("is not authorized to perform:") {
		return false
	}
	action := words.bareToken()
	service, name, ok := strings.Cut(action, ":")
	if !ok || service == "" || name == "" {
		return false
	}
	m.Principal, m.Action = principal, action
	return true
}

// parseTarget reads `on resource: "ARN"` and its variants, and the reason behind
// it. The message was cut if the resource does not end.
func parseTarget(words *scanner, m *Message) {
	switch {
	case !words.phrase("on"), words.phrase("this resource"):
		// The resource is not named.
	case words.phrase("the resource associated with this ciphertext"):
		m.Ciphertext = true
	default:
		_ = words.phrase("resource:")
		if !parseResource(words, m) {
			m.Form, m.Truncated = FormTruncated, true
			return
		}
	}
	parseReason(words, m)
}

// parseResource reads an ARN, with quotation marks as S3 writes it or without.
func parseResource(words *scanner, m *Message) bool {
	words.skipSpace()
	if quoted, ok := strings.CutPrefix(words.rest, `"`); ok {
		// The key may hold quotation marks of its own; what follows the resource never
		// does.
		end := strings.LastIndexByte(quoted, '"')
		if end < 0 {
			return false
		}
		m.Resource, words.rest = quoted[:end], quoted[end+1:]
		return true
	}
	_ = words.phrase("role") || words.phrase("policy") // IAM says what it is
	m.Resource = words.token()
	return m.Resource != ""
}

// parseReason reads what follows the resource.
func parseReason(words *scanner, m *Message) {
	m.AuthorizationID = authorizationID(words.rest)
	switch {
	case words.phrase("because"):
		parseBecause(words, m)
	case words.phrase("with an explicit deny"):
		m.Form, m.Explicit = FormDeny, true
		parseDeny(words, m)
	case words.atEnd():
		// No reason was given, as services did before they named policy types.
		m.Form = FormGeneric
	}
}

func parseBecause(words *scanner, m *Message) {
	switch {
	case words.phrase("no"):
		if policy, ok := words.policyType(); ok && (words.phrase("allows") || words.phrase("allow")) {
			m.Form, m.Policy = FormPolicy, policy
		}
	case words.phrase("public ACLs are prevented by the BlockPublicAcls setting"):
		m.Form = FormBlockPublicAcls
	case words.phrase("public policies are prevented by the BlockPublicPolicy setting"):
		m.Form = FormBlockPublicPolicy
	case words.phrase("this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys"):
		m.Form = FormSSECBlocked
	case words.phrase("the resource does not exist in this Region"):
		m.Form = FormKeyUnreachable
	}
}

// parseDeny reads ` in an identity-based policy: ARN`, all of which may be missing.
func parseDeny(words *scanner, m *Message) {
	if !words.phrase("in") {
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
	if words.phrase(":") {
		if arn := words.bareToken(); strings.HasPrefix(arn, "arn:") {
			m.PolicyARN = arn
		}
	}
}

// fixedForm recognizes the messages that do not begin with "User:".
func fixedForm(text string) Form {
	for _, whole := range []string{"Access Denied", "AccessDenied", "Forbidden"} {
		words := scanner{rest: text}
		if words.phrase(whole) && words.atEnd() {
			return FormGeneric
		}
	}
	words := scanner{rest: text}
	switch {
	case words.phrase("Access Denied because object protected by object lock"):
		return FormObjectLock
	case words.phrase("The request was denied due to a VPC endpoint policy"):
		return FormVPCEndpoint
	case words.phrase("Mfa Authentication must be used for this request"):
		return FormMFADelete
	case words.phrase("Request has expired"):
		return FormExpired
	case words.phrase("The ciphertext refers to a customer master key that does not exist"):
		return FormKeyUnreachable
	case words.phrase("You do not have") && words.token() != "" && words.phrase("permissions to the requested S3 Prefix"):
		return FormAccessGrants
	}
	return FormOther
}

// authorizationID finds `authorization id: ID`.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
func authorizationID(text string) string {
	for {
		i := strings.Index(text, "authorization")
		if i < 0 {
			return ""
		}
		words := scanner{rest: text[i:]}
		if words.phrase("authorization id:") {
			return words.bareToken()
		}
		text = text[i+1:]
	}
}

// scanner reads a message word by word; any white space separates words.
type scanner struct{ rest string }

const (
	space       = " \t\r\n"
	punctuation = ".,;:!"
)

func (s *scanner) skipSpace() {
	for s.rest != "" && strings.IndexByte(space, s.rest[0]) >= 0 {
		s.rest = s.rest[1:]
	}
}

// atEnd reports whether nothing follows but white space and punctuation.
func (s *scanner) atEnd() bool { return strings.Trim(s.rest, space+punctuation) == "" }

// token consumes the next word, empty at the end.
func (s *scanner) token() string {
	s.skipSpace()
	word, end := s.rest, strings.IndexAny(s.rest, space)
	if end < 0 {
		end = len(word)
	}
	s.rest = word[end:]
	return word[:end]
}

// bareToken consumes the next word and drops the punctuation behind it.
func (s *scanner) bareToken() string { return strings.TrimRight(s.token(), punctuation) }

// phrase consumes words, in any case, if they come next. A word ends at white
// space, at punctuation, or with a colon of its own.
func (s *scanner) phrase(words string) bool {
	from := *s
	for words != "" {
		var w string
		w, words, _ = strings.Cut(words, " ")
		from.skipSpace()
		if len(from.rest) < len(w) || !strings.EqualFold(from.rest[:len(w)], w) {
			return false
		}
		from.rest = from.rest[len(w):]
		if from.rest != "" && w[len(w)-1] != ':' && strings.IndexByte(space+punctuation, from.rest[0]) < 0 {
			return false
		}
	}
	*s = from
	return true
}

func (s *scanner) article() { _ = s.phrase("a") || s.phrase("an") || s.phrase("the") }

// policyType consumes the name of a policy type with the word policy: "identity-
// based policy", "permissions boundary" (which goes without).
func (s *scanner) policyType() (PolicyType, bool) {
	for _, t := range []PolicyType{
		IdentityBased, ResourceBased, ServiceControl, ResourceControl,
		PermissionsBoundary, VPCEndpointPolicy, SessionPolicy, RoleTrust,
	} {
		// AWS's list of examples has "a sessions policy" too.
		if !s.phrase(string(t)) && (t != SessionPolicy || !s.phrase("sessions")) {
			continue
		}
		if s.phrase("policy") || s.phrase("policies") || t == PermissionsBoundary {
			return t, true
		}
	}
	return "", false
}
