package authz_test

import (
	"strings"
	"time"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

func (g *generator) acl(owner string) evidence.ACL {
	acl := evidence.ACL{Owner: evidence.Owner{ID: canonicalID(owner)}}
	for range g.IntN(3) {
		grant := evidence.ACLGrant{Permission: g.pick("FULL_CONTROL", "READ", "READ", "WRITE", "READ_ACP", "WRITE_ACP")}
		switch g.IntN(4) {
		case 0:
			grant.Grantee = evidence.Grantee{Type: "Group", URI: g.pick(groupAll, groupSigned, "http://acs.amazonaws.com/groups/s3/LogDelivery")}
		default:
			grant.Grantee = evidence.Grantee{Type: "CanonicalUser", ID: canonicalID(g.pick(owner, g.home, accountC))}
		}
		acl.Grants = append(acl.Grants, grant)
	}
	return acl
}

func (g *generator) encryption() evidence.Encryption {
	e := evidence.Encryption{SSEAlgorithm: g.pick("AES256", "AES256", "aws:kms", "aws:kms:dsse")}
	if e.SSEAlgorithm != "AES256" {
		e.KMSMasterKeyID, e.BucketKeyEnabled = g.pick(keyARN, keyARN, "", "1234abcd", "alias/app", "arn:aws:kms:us-east-1:222222222222:alias/app"), g.in(2)
	}
	if g.in(4) {
		e.BlockedEncryptionTypes = []string{"SSE-C"}
	}
	return e
}

// object returns a version of an object; of one that is not there, and of a delete
// marker, nothing is there.
func (g *generator) object() evidence.ObjectVersion {
	if g.in(5) {
		nothing := evidence.ObjectVersion{
			Head: evidence.Absent[evidence.ObjectHead]("NoSuchKey"), Owner: evidence.Absent[string]("NoSuchKey"), ACL: evidence.Absent[evidence.ACL]("NoSuchKey"),
			Retention: evidence.Absent[evidence.Retention]("NoSuchKey"), LegalHold: evidence.Absent[evidence.LegalHold]("NoSuchKey"), Tags: evidence.Absent[map[string]string]("NoSuchKey"),
		}
		if g.in(4) {
			nothing.Head = evidence.Known(evidence.ObjectHead{DeleteMarker: true})
		}
		return nothing
	}
	owner := g.pick(accountB, accountB, accountB, accountA, accountC)
	head := evidence.ObjectHead{ServerSideEncryption: g.pick("AES256", "aws:kms", "aws:kms")}
	if head.ServerSideEncryption == "aws:kms" {
		head.SSEKMSKeyID, head.BucketKeyEnabled = g.pick(keyARN, keyARN, managedKey(accountB)), g.in(2)
	}
	o := evidence.ObjectVersion{
		Head: evidence.Known(head), Owner: evidence.Known(canonicalID(owner)), ACL: evidence.Known(g.acl(owner)), Tags: g.tags(),
		Retention: evidence.Absent[evidence.Retention]("NoSuchObjectLockConfiguration"), LegalHold: evidence.Known(evidence.LegalHold{Status: g.pick("ON", "OFF", "OFF")}),
	}
	if g.in(2) {
		o.Retention = evidence.Known(evidence.Retention{Mode: g.pick("GOVERNANCE", "COMPLIANCE"), RetainUntilDate: time.Date(2026+g.IntN(2), 11, 23, 12, 0, 0, 0, time.UTC)})
	}
	return o
}

// ask returns a request of which everything is known.
func (g *generator) ask(e *evidence.Evidence) ask {
	a := ask{Request: authz.Request{Principal: g.requester(), Bucket: bucketName}, complete: true, keys: map[string]policy.Value{}}
	a.Authorizations = append(a.Authorizations, g.authorization())
	if g.in(6) {
		a.Authorizations = append(a.Authorizations, g.authorization())
	}
	if g.in(3) {
		a.VersionID = "v1"
	}
	first := a.Authorizations[0]
	_, a.Operation, _ = strings.Cut(first.Action, ":")
	switch {
	case first.Action == "s3:GetObject":
		a.Operation = g.pick("GetObject", "GetObject", "HeadObject")
	case first.Action == "s3:PutObject":
		a.Operation = g.pick("PutObject", "PutObject", "UploadPart", "CopyObject")
	case strings.HasSuffix(first.Action, "Policy"):
		a.Document = g.document("bucket")
	}
	if strings.HasPrefix(first.Resource, "arn:aws:s3:::"+directory) || strings.HasPrefix(first.Resource, directoryARN) {
		a.Bucket = directory
	}
	g.context(&a)
	_ = e
	return a
}

func (g *generator) requester() evidence.Principal {
	iam := "arn:aws:iam::" + g.home + ":"
	switch g.IntN(12) {
	case 0:
		return evidence.Principal{Type: evidence.PrincipalAnonymous}
	case 1:
		return evidence.Principal{Type: evidence.PrincipalService, Service: g.pick("logging.s3.amazonaws.com", "cloudfront.amazonaws.com")}
	case 2:
		return evidence.Principal{Type: evidence.PrincipalRoot, Account: g.home, ARN: iam + "root", AccessKeyID: g.pick("AKIAROOTEXAMPLE", "ASIAROOTEXAMPLE")}
	case 3:
		return evidence.Principal{Type: evidence.PrincipalFederated, Account: g.home, ARN: "arn:aws:sts::" + g.home + ":federated-user/ben", Session: "ben", Issuer: iam + "user/ann", AccessKeyID: "ASIAEXAMPLE"}
	case 4:
		return evidence.Principal{Type: evidence.PrincipalRole, Account: g.home, ARN: iam + linkedRole, ID: "AROALINKEDEXAMPLE0", Session: "job", AccessKeyID: "ASIAEXAMPLE"}
	case 5, 6, 7:
		return evidence.Principal{Type: evidence.PrincipalUser, Account: g.home, ARN: iam + "user/ann", ID: "AIDAEXAMPLEEXAMPLE", AccessKeyID: "AKIAEXAMPLE"}
	}
	return evidence.Principal{Type: evidence.PrincipalRole, Account: g.home, ARN: iam + "role/team/app", ID: "AROAEXAMPLEEXAMPLE", Session: "job", AccessKeyID: "ASIAEXAMPLE"}
}

func (g *generator) authorization() evidence.Authorization {
	object := g.pick("s3:GetObject", "s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:PutObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion",
		"s3:GetObjectAcl", "s3:PutObjectAcl", "s3:GetObjectTagging", "s3:GetObjectAttributes")
	whole := g.pick("s3:ListBucket", "s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketVersioning", "s3:GetBucketAcl")
	point := g.pick(ownPoint, innerPoint, foreignPoint, multiRegionPoint)
	of := func(action, resource, account string) evidence.Authorization {
		return evidence.Authorization{Action: action, Resource: resource, Account: account}
	}
	switch g.IntN(24) {
	case 0:
		return of("s3:ListAllMyBuckets", "*", "")
	case 1:
		return of(g.pick("kms:Decrypt", "kms:GenerateDataKey"), keyARN, accountB)
	case 2:
		return of(g.pick("s3express:CreateSession", "s3express:DeleteBucket"), directoryARN, accountB)
	case 3:
		return of(object, "arn:aws:s3:::"+directory+"/x", accountB)
	case 4:
		return of("sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:queue", accountB)
	case 5:
		return of("s3:ListBucket", point, strings.Split(point, ":")[4])
	case 6, 7, 8:
		return of(object, point+"/object/"+objectKey, strings.Split(point, ":")[4])
	case 9, 10, 11, 12:
		return of(whole, bucketARN, accountB)
	case 13:
		return of("s3:PutAccessPointPolicy", ownPoint, accountB)
	}
	return of(object, objectARN, accountB)
}

// context sets the condition keys of a request: each is present or absent.
func (g *generator) context(a *ask) {
	set := func(key string, values ...string) { a.keys[key] = policy.Value{State: policy.Present, Values: values} }
	for _, key := range []string{
		"aws:SourceIp", "aws:SourceVpce", "aws:VpcSourceIp", "aws:MultiFactorAuthPresent", "aws:FederatedProvider", "aws:AssumedRoot", "aws:SourceAccount", "s3:prefix",
		"s3:x-amz-acl", "s3:x-amz-grant-read", "s3:x-amz-grant-write-acp", authz.HeaderRequestPayer, authz.HeaderExpectedOwner, authz.HeaderBypassGovernance, authz.HeaderMFA,
		"s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-server-side-encryption-customer-algorithm",
		"s3:x-amz-server-side-encryption-bucket-key-enabled", "s3:x-amz-server-side-encryption-context", "s3express:SessionMode",
	} {
		a.keys[key] = policy.Value{State: policy.Absent}
	}
	set("aws:SecureTransport", g.pick("true", "true", "true", "false"))
	set("aws:CurrentTime", "2026-11-23T10:00:00Z")
	set("aws:RequestedRegion", "us-east-1")
	set("aws:ViaAWSService", "false")
	if id := g.pick("", "", gatewayID, interfaceID); id == "" {
		set("aws:SourceIp", g.pick("203.0.113.7", "198.51.100.7"))
	} else {
		set("aws:SourceVpce", id)
		set("aws:VpcSourceIp", "10.0.0.7")
	}
	for _, list := range [][]string{
		{"s3:x-amz-acl", "private", "public-read", "bucket-owner-full-control"},
		{"s3:x-amz-grant-read", `uri="` + groupAll + `"`, "id=canonical1"},
		{authz.HeaderRequestPayer, "requester"}, {authz.HeaderExpectedOwner, accountB, accountA},
		{authz.HeaderBypassGovernance, "true", "false"}, {authz.HeaderMFA, "20899872 301749"},
		{"s3:x-amz-server-side-encryption", "aws:kms", "AES256"},
		{"s3:x-amz-server-side-encryption-bucket-key-enabled", "true", "false"},
		{"s3:x-amz-server-side-encryption-context", "e30="},
		{"s3express:SessionMode", "ReadOnly", "ReadWrite"}, {"s3:prefix", "home/", ""},
		{"aws:MultiFactorAuthPresent", "true", "false"}, {"aws:SourceAccount", accountB},
	} {
		if g.in(4) {
			set(list[0], g.pick(list[1:]...))
		}
	}
	if a.keys["s3:x-amz-server-side-encryption"].State == policy.Present && a.keys["s3:x-amz-server-side-encryption"].Values[0] == "aws:kms" && !g.in(3) {
		set("s3:x-amz-server-side-encryption-aws-kms-key-id", g.pick(keyARN, "1234abcd", "alias/app", managedKey(g.home)))
	}
	if g.in(8) && !strings.HasPrefix(a.Authorizations[0].Action, "s3:Get") {
		set("s3:x-amz-server-side-encryption-customer-algorithm", "AES256")
	}
	if a.Principal.Type == evidence.PrincipalRoot && a.Principal.AccessKeyID[:4] == "ASIA" {
		set("aws:AssumedRoot", "true")
	}
	if a.Principal.Type == evidence.PrincipalRole && g.in(4) {
		set("aws:FederatedProvider", "accounts.google.com")
	}
}
