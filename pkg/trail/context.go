package trail

import (
	"net/netip"
	"strconv"
	"strings"

	"why403/pkg/evidence"
)

// contextOf says of each condition key whether the request had it, as far as the
// record proves that. Keys that a record never shows (tags, organization) are not
// listed, and so are unknown.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
func contextOf(r *record, d *Denial) evidence.Context {
	k := &keys{all: make(evidence.Context, 0, 72), r: r, d: d}
	k.principal()
	k.session()
	k.service()
	k.network()
	k.time()
	if d.Category != CategoryNetworkActivity && d.Service != "kms.amazonaws.com" {
		k.signature()
		k.listing()
		k.headers()
		k.resource()
	}
	return k.all
}

// keys collects a context.
type keys struct {
	all evidence.Context
	r   *record
	d   *Denial
}

func (k *keys) present(name, because string, values ...string) {
	k.all = append(k.all, evidence.ContextKey{Name: name, State: evidence.KeyPresent, Values: values, Because: because})
}

func (k *keys) absent(because string, names ...string) {
	for _, n := range names {
		k.all = append(k.all, evidence.ContextKey{Name: n, State: evidence.KeyAbsent, Because: because})
	}
}

func (k *keys) unknown(because string, names ...string) {
	for _, n := range names {
		k.all = append(k.all, evidence.ContextKey{Name: n, Because: because})
	}
}

// principal has the keys that tell who asks.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (k *keys) principal() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	if *u == (identity{}) {
		return // the record was cut
	}
	switch p.Type {
	case evidence.PrincipalAnonymous:
		const why = "the request is not signed"
		k.absent(why, "aws:PrincipalArn", "aws:username", "aws:PrincipalIsAWSService")
		k.present("aws:PrincipalAccount", why, "anonymous")
		k.present("aws:userid", why, "anonymous")
		k.present("aws:PrincipalType", why, "Anonymous")
		return
	case evidence.PrincipalService:
		const why = "an AWS service calls in its own name"
		k.unknown(why, "aws:PrincipalArn", "aws:PrincipalAccount", "aws:userid", "aws:PrincipalType")
		k.absent(why, "aws:username")
		return
	}
	if p.ARN != "" && !p.PathUnknown {
		k.present("aws:PrincipalArn", "", p.ARN)
	} else if p.PathUnknown {
		k.unknown("the session's ARN does not say whether the role has a path", "aws:PrincipalArn")
	} else {
		k.unknown("this copy of the record has no ARN of the requester", "aws:PrincipalArn")
	}
	if isAccount(p.Account) {
		k.present("aws:PrincipalAccount", "", p.Account)
	}
	if u.PrincipalID != "" {
		k.present("aws:userid", "", u.PrincipalID)
	}
	switch p.Type {
	case evidence.PrincipalUser:
		k.present("aws:PrincipalType", "", "User")
		if _, name, ok := strings.Cut(p.ARN, ":user/"); ok {
			k.present("aws:username", "", name[strings.LastIndexByte(name, '/')+1:])
		}
	case evidence.PrincipalRole:
		k.present("aws:PrincipalType", "", "AssumedRole")
	case evidence.PrincipalFederated:
		k.present("aws:PrincipalType", "", "FederatedUser")
	case evidence.PrincipalRoot:
		k.present("aws:PrincipalType", "", "Account")
	}
	if p.Type != evidence.PrincipalUser && p.Type != evidence.PrincipalAccount {
		k.absent("only IAM users have it", "aws:username")
	}
}

// session has the keys of temporary credentials. CloudTrail writes a
// sessionContext for these only, so a user without one signed with a long-term
// key, and the keys are absent, not false.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
func (k *keys) session() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	s := &u.SessionContext
	switch {
	case *u == (identity{}):
		return // the record was cut
	case p.Type == evidence.PrincipalAnonymous || p.Type == evidence.PrincipalService:
		k.absent("there is no session", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity", "aws:FederatedProvider")
		return
	case s.Attributes.CreationDate == "" && s.Attributes.MFAAuthenticated == "" && u.ARN == "":
		const why = "this copy of the record does not show the requester's session"
		k.unknown(why, "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity", "aws:FederatedProvider")
		return
	case s.Attributes.CreationDate == "" && s.Attributes.MFAAuthenticated == "" && longTerm(u):
		const why = "signed with a long-term access key"
		k.absent(why, "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity", "aws:FederatedProvider")
		return
	}
	switch s.Attributes.MFAAuthenticated {
	case "true":
		k.present("aws:MultiFactorAuthPresent", "", "true")
		k.unknown("the record does not say when MFA was used", "aws:MultiFactorAuthAge")
	case "false":
		k.present("aws:MultiFactorAuthPresent", "", "false")
		k.absent("MFA was not used", "aws:MultiFactorAuthAge")
	default:
		k.unknown("the record does not say", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")
	}
	k.presentOr("aws:TokenIssueTime", s.Attributes.CreationDate, evidence.KeyUnknown, "the record does not say")
	k.presentOr("aws:SourceIdentity", s.SourceIdentity, evidence.KeyAbsent, "the session was made without one")
	k.presentOr("aws:FederatedProvider", s.WebID.FederatedProvider, evidence.KeyUnknown, "the record names no identity provider")
	if s.AssumedRoot {
		k.present("aws:AssumedRoot", "", "true")
	}
	if s.EC2RoleDelivery != "" {
		k.present("ec2:RoleDelivery", "", s.EC2RoleDelivery)
	}
}

func longTerm(u *identity) bool {
	return (u.Type == "IAMUser" || u.Type == "Root") && !strings.HasPrefix(u.AccessKeyID, "ASIA")
}

// presentOr adds a key with its value, or in another state where there is none.
func (k *keys) presentOr(name, value string, otherwise evidence.KeyState, because string) {
	switch {
	case value != "":
		k.present(name, "", value)
	case otherwise == evidence.KeyAbsent:
		k.absent(because, name)
	default:
		k.unknown(because, name)
	}
}

// service has the keys about AWS services that call for themselves or for
// somebody.
func (k *keys) service() {
	p, scope := &k.d.Principal, &k.r.UserIdentity.InScopeOf
	if k.r.UserIdentity == (identity{}) {
		return // the record was cut
	}
	switch {
	case p.Type == evidence.PrincipalService:
		k.present("aws:PrincipalIsAWSService", "", "true")
		k.present("aws:PrincipalServiceName", "", p.Service)
		k.present("aws:ViaAWSService", "the service calls in its own name", "false")
		k.absent("the service calls in its own name", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
		if scope.SourceARN == "" {
			k.unknown("the record does not say for which resource the service called", "aws:SourceArn", "aws:SourceAccount")
		}
	case p.Via != "":
		const why = "the record does not tell a call on behalf of the requester from one by a service role"
		k.presentUnlessAnonymous("aws:PrincipalIsAWSService", "false")
		k.absent("not a service principal", "aws:PrincipalServiceName")
		k.unknown(why, "aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
		if scope.SourceARN == "" {
			k.unknown(why, "aws:SourceArn", "aws:SourceAccount")
		}
	default:
		const why = "the request came from the requester itself"
		k.presentUnlessAnonymous("aws:PrincipalIsAWSService", "false")
		k.absent("not a service principal", "aws:PrincipalServiceName")
		k.present("aws:ViaAWSService", why, "false")
		k.absent(why, "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
		if scope.SourceARN == "" {
			k.absent(why, "aws:SourceArn", "aws:SourceAccount")
		}
	}
	if scope.SourceARN != "" {
		k.present("aws:SourceArn", "", scope.SourceARN)
		k.presentOr("aws:SourceAccount", scope.SourceAccount, evidence.KeyUnknown, "the record does not say")
		if scope.IssuerType == "AWS::Lambda::Function" {
			k.present("lambda:SourceFunctionArn", "", scope.SourceARN)
		}
	}
}

func (k *keys) presentUnlessAnonymous(name, value string) {
	if k.d.Principal.Type != evidence.PrincipalAnonymous {
		k.present(name, "", value)
	}
}

// network has the keys about where the request came from. Through a VPC endpoint
// aws:SourceIp is absent and aws:VpcSourceIp stands for it; AWS hides the network
// of its own services.
func (k *keys) network() {
	r, d := k.r, k.d
	if d.Principal.Type == evidence.PrincipalService {
		k.absent("AWS does not show the network of its own services",
			"aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount", "aws:VpceOrgID", "aws:SecureTransport", "s3:TlsVersion")
		return
	}
	ip, err := netip.ParseAddr(r.SourceIPAddress)
	known := err == nil && ip.IsValid()
	byService := !known && (strings.HasSuffix(r.SourceIPAddress, ".amazonaws.com") || r.SourceIPAddress == "AWS Internal")
	switch {
	case d.VPCEndpointID != "":
		const why = "the request came through a VPC endpoint"
		k.absent(why, "aws:SourceIp")
		if known {
			k.present("aws:VpcSourceIp", why, r.SourceIPAddress)
		} else {
			k.unknown("the record has no address", "aws:VpcSourceIp")
		}
		k.present("aws:SourceVpce", "", d.VPCEndpointID)
		k.presentOr("aws:VpceAccount", d.VPCEndpointAccount, evidence.KeyUnknown, "the record does not name the owner of the endpoint")
		k.unknown("only the endpoint itself says", "aws:SourceVpc", "aws:VpceOrgID")
	case r.VPCEndpointID != "":
		const why = "the console called through an endpoint of AWS's own"
		k.unknown(why, "aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount", "aws:VpceOrgID")
	case r.SourceIPAddress == "":
		k.unknown("the record was cut", "aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount", "aws:VpceOrgID")
	default:
		switch {
		case known:
			k.present("aws:SourceIp", "", r.SourceIPAddress)
		case byService:
			k.unknown("a service called on behalf of the requester, whose address the record does not show", "aws:SourceIp")
		default:
			k.unknown("the record has no address", "aws:SourceIp")
		}
		k.absent("the request came through no VPC endpoint", "aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount", "aws:VpceOrgID")
	}
	k.transport()
	if agent := d.UserAgent; agent != "" && len(agent) < maxMessage {
		k.present("aws:UserAgent", "", agent)
	} else {
		k.unknown("the record does not have it whole", "aws:UserAgent")
	}
	k.unknown("CloudTrail does not record it", "aws:Referer")
}

func (k *keys) transport() {
	version := strings.TrimPrefix(k.r.TLSDetails.TLSVersion, "TLSv")
	_, cipher := k.r.AdditionalEventData["CipherSuite"]
	switch {
	case version != "":
		k.present("aws:SecureTransport", "", "true")
		k.present("s3:TlsVersion", "", version)
	case cipher:
		k.present("aws:SecureTransport", "the record names a cipher suite", "true")
		k.unknown("the record does not say", "s3:TlsVersion")
	default:
		k.unknown("the record has no TLS details, which proves neither", "aws:SecureTransport", "s3:TlsVersion")
	}
}

func (k *keys) time() {
	d := k.d
	k.presentOr("aws:RequestedRegion", d.Region, evidence.KeyUnknown, "the record does not say")
	if d.Time.IsZero() {
		k.unknown("the record has no time that can be read", "aws:CurrentTime", "aws:EpochTime")
		return
	}
	k.present("aws:CurrentTime", "", d.Time.Format("2006-01-02T15:04:05Z"))
	k.present("aws:EpochTime", "", strconv.FormatInt(d.Time.Unix(), 10))
}

// signature has the keys of the signing process.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
func (k *keys) signature() {
	if k.d.Principal.Type == evidence.PrincipalAnonymous {
		k.absent("the request is not signed", "s3:authType", "s3:signatureversion", "s3:signatureAge")
		return
	}
	switch method := text(k.r.AdditionalEventData["AuthenticationMethod"]); method {
	case "AuthHeader":
		k.present("s3:authType", "", "REST-HEADER")
	case "QueryString":
		k.present("s3:authType", "a presigned URL", "REST-QUERY-STRING")
	default:
		k.unknown("the record does not say", "s3:authType")
	}
	switch strings.ToUpper(text(k.r.AdditionalEventData["SignatureVersion"])) {
	case "SIGV4":
		k.present("s3:signatureversion", "", "AWS4-HMAC-SHA256")
		k.unknown("CloudTrail does not record it", "s3:signatureAge")
	case "SIGV2":
		k.present("s3:signatureversion", "", "AWS")
		k.present("s3:signatureAge", "always 0 for signature version 2", "0")
	default:
		k.unknown("the record does not say", "s3:signatureversion", "s3:signatureAge")
	}
	k.unknown("CloudTrail does not record it", "s3:x-amz-content-sha256")
}
