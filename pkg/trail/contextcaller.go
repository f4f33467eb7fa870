package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// principal has the keys that tell who asks.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
func (k *keys) principal() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	switch p.Type {
	case evidence.PrincipalAnonymous:
		const why = "the request is not signed"
		k.absent(why, "aws:PrincipalArn", "aws:username")
		k.present("aws:PrincipalAccount", why, "anonymous")
		k.present("aws:userid", why, "anonymous")
		k.present("aws:PrincipalType", why, "Anonymous")
		return
	case evidence.PrincipalService:
		const why = "an AWS service calls in its own name"
		k.unknown(why, "aws:PrincipalArn", "aws:PrincipalAccount", "aws:userid", "aws:PrincipalType")
		k.absent(why, "aws:username")
		return
	default:
	}
	switch {
	case p.ARN == "":
		k.unknown("this copy of the record has no ARN of the requester", "aws:PrincipalArn")
	case p.PathUnknown:
		k.unknown("the session's ARN does not say whether the role has a path", "aws:PrincipalArn")
	case redacted(p.ARN):
		k.unknown("the ARN in the record is not whole", "aws:PrincipalArn")
	default:
		k.present("aws:PrincipalArn", "", p.ARN)
	}
	account := p.Account
	if !isAccount(account) {
		account = ""
	}
	k.presentOr("aws:PrincipalAccount", account, "the record does not name the requester's account")
	k.presentOr("aws:userid", userID(u, p), "the record has no unique id of the requester")
	k.presentOr("aws:PrincipalType", principalType(p.Type), "the record does not tell the kind of the requester")
	switch _, name, _ := strings.Cut(p.ARN, ":user/"); {
	case p.Type == evidence.PrincipalAccount:
		k.unknown("the record does not tell whether the requester is an IAM user", "aws:username")
	case p.Type != evidence.PrincipalUser:
		k.absent("only IAM users have it", "aws:username")
	case redacted(p.ARN):
		k.unknown("the record has no whole ARN of the user", "aws:username")
	default:
		k.present("aws:username", "", name[strings.LastIndexByte(name, '/')+1:])
	}
}

// redacted reports whether an ARN has no account: it was taken out, or there is no
// ARN.
func redacted(arn string) bool {
	a, _ := parseARN(arn)
	return !isAccount(a.account)
}

// userID returns the value of aws:userid: the unique id of a user, that of a role
// with the name of the session, the account with the name of a federated session,
// the account of root.
func userID(u *identity, p *evidence.Principal) string {
	id, session, _ := strings.Cut(u.PrincipalID, ":")
	ok := false
	switch p.Type {
	case evidence.PrincipalUser:
		ok = isUniqueID(id) && session == ""
	case evidence.PrincipalRole:
		ok = isUniqueID(id) && session != ""
	case evidence.PrincipalFederated:
		ok = isAccount(id) && session != ""
	case evidence.PrincipalRoot:
		return accountOr(id, p.Account)
	default:
	}
	if !ok {
		return ""
	}
	return u.PrincipalID
}

// principalType returns the value of aws:PrincipalType, empty where the table that
// says so has none.
func principalType(t evidence.PrincipalType) string {
	switch t {
	case evidence.PrincipalUser:
		return "User"
	case evidence.PrincipalRole:
		return "AssumedRole"
	case evidence.PrincipalFederated:
		return "FederatedUser"
	case evidence.PrincipalRoot:
		return "Account"
	default:
		return ""
	}
}

// session has the keys of temporary credentials. CloudTrail writes a
// sessionContext for these only, so a user without one signed with a long-term
// key, and the keys are absent, not false.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-role-session-properties
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (k *keys) session() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	k.roleSession()
	switch {
	case p.Type == evidence.PrincipalAnonymous:
		k.absent("the request is not signed", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime")
	case p.Type == evidence.PrincipalService:
		k.unknown("AWS does not say whether its own services have it", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime")
	case hasSession(u):
		k.mfa()
		k.presentOr("aws:TokenIssueTime", u.SessionContext.Attributes.CreationDate, "the record does not say")
	case longTerm(u):
		k.absent("signed with a long-term access key", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime")
	default:
		k.unknown("this copy of the record does not show the requester's session", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime")
	}
}

func hasSession(u *identity) bool {
	a := &u.SessionContext.Attributes
	return a.CreationDate != "" || a.MFAAuthenticated != ""
}

// longTerm reports whether a request without a session was signed with a long-term
// key. A service that calls for a user signs with temporary credentials, whatever
// the user's own are.
func longTerm(u *identity) bool {
	return (u.Type == "IAMUser" || u.Type == "Root") && u.ARN != "" && u.InvokedBy == "" &&
		!u.SessionContext.given && !strings.HasPrefix(u.AccessKeyID, "ASIA")
}

// mfa has the keys about MFA. CloudTrail's mfaAuthenticated is not what IAM checks:
// of a role session it tells how the session began, which the credentials of a
// role do not carry, and it is false for federated identities, for which AWS has
// no such key at all.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func (k *keys) mfa() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	used := u.SessionContext.Attributes.MFAAuthenticated
	switch {
	case federated(u, p):
		k.absent("federated identities do not have it", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")
	case used == "false":
		k.present("aws:MultiFactorAuthPresent", "", "false")
		k.absent("MFA was not used", "aws:MultiFactorAuthAge")
	case used == "true" && p.Type == evidence.PrincipalRole:
		k.unknown("MFA was used to assume the role; whether the session carries it is another matter", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")
	case used == "true":
		k.present("aws:MultiFactorAuthPresent", "", "true")
		k.unknown("the record does not say when MFA was used", "aws:MultiFactorAuthAge")
	default:
		k.unknown("the record does not say", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")
	}
}

// federated reports whether the session is known to be one of an identity from
// outside IAM: of GetFederationToken, of a web identity, of IAM Identity Center.
func federated(u *identity, p *evidence.Principal) bool {
	return p.Type == evidence.PrincipalFederated || u.SessionContext.WebID.FederatedProvider != "" ||
		p.Type == evidence.PrincipalRole && strings.Contains(p.ARN, ":role/aws-reserved/sso.amazonaws.com/")
}

// roleSession has the keys that only the sessions of roles carry, and
// aws:AssumedRoot, which only those of AssumeRoot do.
func (k *keys) roleSession() {
	u, p := &k.r.UserIdentity, &k.d.Principal
	s := &u.SessionContext
	shown := hasSession(u)
	switch {
	case s.AssumedRoot:
		k.present("aws:AssumedRoot", "", "true")
	case p.Type == evidence.PrincipalAccount || p.Type == evidence.PrincipalRoot && !shown && !longTerm(u):
		k.unknown("this copy of the record does not show the requester's session", "aws:AssumedRoot")
	default:
		k.absent("not a session of AssumeRoot", "aws:AssumedRoot")
	}
	if p.Type != evidence.PrincipalRole && p.Type != evidence.PrincipalAccount {
		k.absent("only sessions of roles have it", "aws:SourceIdentity", "aws:FederatedProvider",
			"ec2:RoleDelivery", "ec2:SourceInstanceArn", "aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4", "lambda:SourceFunctionArn")
		return
	}
	switch {
	case s.SourceIdentity != "":
		k.present("aws:SourceIdentity", "", s.SourceIdentity)
	case shown:
		k.absent("the session was made without one", "aws:SourceIdentity")
	default:
		k.unknown("this copy of the record does not show the requester's session", "aws:SourceIdentity")
	}
	// An empty webIdFederationData says nothing, in CloudTrail's own words.
	k.presentOr("aws:FederatedProvider", s.WebID.FederatedProvider, "the record names no identity provider")
	k.instance()
	if u.InScopeOf.IssuerType == "AWS::Lambda::Function" && strings.HasPrefix(u.InScopeOf.IssuedTo, "arn:") {
		k.present("lambda:SourceFunctionArn", "", u.InScopeOf.IssuedTo)
	} else {
		k.unknown("the record does not say to what the credentials were issued", "lambda:SourceFunctionArn")
	}
	if s.SignInSession != "" {
		k.present("aws:SignInSessionArn", "", s.SignInSession)
	}
	if u.OnBehalfOf.UserID != "" {
		k.present("identitystore:UserId", "", u.OnBehalfOf.UserID)
	}
}

// instance has the keys of sessions that EC2 makes for an instance: those have the
// id of the instance as their name.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (k *keys) instance() {
	p, delivery := &k.d.Principal, k.r.UserIdentity.SessionContext.EC2RoleDelivery
	switch {
	case delivery != "":
		k.present("ec2:RoleDelivery", "", delivery)
	case p.Session == "" || strings.HasPrefix(p.Session, "i-"):
		k.unknown("the record does not say whether EC2 made the session", "ec2:RoleDelivery")
	default:
		const why = "the session is not named for an EC2 instance"
		k.absent(why, "ec2:RoleDelivery", "ec2:SourceInstanceArn", "aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4")
		return
	}
	k.unknown("CloudTrail does not record it", "ec2:SourceInstanceArn", "aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4")
}

// service has the keys about AWS services that call for themselves or for
// somebody. The keys of the source of a call are of calls in a service's own name
// only.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (k *keys) service() {
	p, scope := &k.d.Principal, &k.r.UserIdentity.InScopeOf
	if p.Type == evidence.PrincipalService {
		const own = "the service calls in its own name"
		name := p.Service
		if !isServicePrincipal(name) {
			name = ""
		}
		k.present("aws:PrincipalIsAWSService", "", "true")
		k.presentOr("aws:PrincipalServiceName", name, "the record does not name the service")
		k.unknown("the record has one name of the service", "aws:PrincipalServiceNamesList")
		k.present("aws:ViaAWSService", own, "false")
		k.absent(own, "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
		k.presentOr("aws:SourceArn", scope.SourceARN, "the record does not say for which resource the service called")
		k.presentOr("aws:SourceAccount", accountOr(scope.SourceAccount, ""), "the record does not say for which resource the service called")
		return
	}
	ofServices := []string{"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:SourceArn", "aws:SourceAccount"}
	switch p.Type {
	case evidence.PrincipalAnonymous:
		k.absent("the request is not signed", "aws:PrincipalIsAWSService")
		k.absent("not a service principal", ofServices...)
	case evidence.PrincipalAccount:
		k.unknown("the record does not tell the kind of the requester", "aws:PrincipalIsAWSService")
		k.unknown("the record does not tell the kind of the requester", ofServices...)
	default:
		k.present("aws:PrincipalIsAWSService", "", "false")
		k.absent("not a service principal", ofServices...)
	}
	switch {
	case k.d.Service == "kms.amazonaws.com" && k.d.Bucket != "":
		k.present("aws:ViaAWSService", "S3 called for the requester", "true")
		k.unknown("the record shows no more than the nearest service", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
	case byService(k.r):
		k.unknown("the record does not tell a call on behalf of the requester from one by a service role", "aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
	case k.r.SourceIPAddress == "":
		k.unknown("the record does not say where the request came from", "aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
	default:
		const why = "the request came from the requester itself"
		k.present("aws:ViaAWSService", why, "false")
		k.absent(why, "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")
	}
}
