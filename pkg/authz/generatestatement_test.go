package authz_test

import (
	"encoding/json"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

func documentOf(statements ...string) json.RawMessage {
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
}

// document returns a document of a layer: often one that allows, and a few statements.
func (g *generator) document(layer string) json.RawMessage {
	var list []string
	for range g.IntN(3) {
		s, _ := g.statement(layer, "")
		list = append(list, s)
	}
	if g.IntN(3) > 0 || len(list) == 0 {
		list = append(list, g.allowing(layer))
	}
	return documentOf(list...)
}

// allowing is what a policy of the layer looks like that allows.
func (g *generator) allowing(layer string) string {
	switch layer {
	case "bucket":
		return `{"Effect":"Allow","Principal":{"AWS":"` + g.pick(g.names()...) + `"},"Action":"s3:*","Resource":["` + bucketARN + `","` + bucketARN + `/*"]}`
	case "point":
		return `{"Effect":"Allow","Principal":{"AWS":"` + g.pick(g.names()...) + `"},"Action":"s3:*","Resource":["arn:aws:s3:*:*:accesspoint/*"]}`
	case "directory":
		return `{"Effect":"Allow","Principal":{"AWS":"` + g.pick(g.names()...) + `"},"Action":"s3express:*","Resource":"*"}`
	case "key":
		return `{"Effect":"Allow","Principal":{"AWS":"` + g.pick("222222222222", "arn:aws:iam::"+g.home+":root", g.pick(g.names()...)) + `"},"Action":"kms:*","Resource":"*"}`
	case "endpoint":
		return `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	}
	return `{"Effect":"Allow","Action":["s3:*","s3express:*","kms:*"],"Resource":"*"}`
}

// names is what policies call the requesters by.
func (g *generator) names() []string {
	iam, sts := "arn:aws:iam::"+g.home+":", "arn:aws:sts::"+g.home+":"
	return []string{
		iam + "root", g.home, iam + "user/ann", iam + "role/team/app", sts + "assumed-role/app/job", sts + "federated-user/ben",
		"AIDAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE", iam + "role/team/other", iam + "role/app", accountC,
	}
}

// principal returns the element, and whether it is everybody.
func (g *generator) principal() (element string, everybody bool) {
	switch g.IntN(12) {
	case 0, 1:
		return `"Principal":"*"`, true
	case 2:
		return `"Principal":{"AWS":"*"}`, true
	case 3:
		return `"Principal":{"Service":"` + g.pick("logging.s3.amazonaws.com", "cloudfront.amazonaws.com") + `"}`, false
	case 4:
		return `"Principal":{"CanonicalUser":"` + canonicalID(g.pick(accountA, accountB, g.home)) + `"}`, false
	case 5:
		return `"NotPrincipal":{"AWS":["` + g.pick(g.names()...) + `","` + g.pick(g.names()...) + `"]}`, true
	case 6:
		return `"Principal":{"AWS":["` + g.pick(g.names()...) + `","` + g.pick(g.names()...) + `"]}`, false
	}
	return `"Principal":{"AWS":"` + g.pick(g.names()...) + `"}`, false
}

// condition is a Condition element, and what Block Public Access makes of it.
type condition struct {
	text  string
	fixes policy.Truth
}

var conditions = []condition{
	{`"StringEquals":{"aws:PrincipalOrgID":"o-example1"}`, policy.Yes},
	{`"StringNotEquals":{"aws:PrincipalOrgID":"o-example1"}`, policy.No},
	{`"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}`, policy.No},
	{`"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-example1/r-root/*"}`, policy.No},
	{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, policy.Yes},
	{`"NotIpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}`, policy.No},
	{`"Bool":{"aws:SecureTransport":"false"}`, policy.No},
	{`"StringEquals":{"aws:SourceVpce":"vpce-0abc"}`, policy.Yes},
	{`"StringNotEquals":{"aws:SourceVpce":"vpce-0abc"}`, policy.No},
	{`"StringNotEqualsIfExists":{"aws:SourceVpc":"vpc-1"}`, policy.No},
	{`"StringEquals":{"aws:SourceVpc":"vpc-1"}`, policy.Yes},
	{`"StringEquals":{"aws:VpceAccount":"111111111111"}`, policy.Unknown},
	{`"StringEquals":{"aws:VpceOrgID":"o-example1"}`, policy.Unknown},
	{`"StringEquals":{"s3:DataAccessPointAccount":"222222222222"}`, policy.Yes},
	{`"StringNotEquals":{"s3:DataAccessPointAccount":"222222222222"}`, policy.No},
	{`"StringEquals":{"s3:AccessPointNetworkOrigin":"VPC"}`, policy.No},
	{`"StringLike":{"s3:prefix":"home/*"}`, policy.No},
	{`"StringEquals":{"aws:PrincipalTag/team":"blue"}`, policy.No},
	{`"Null":{"aws:PrincipalTag/team":"true"}`, policy.No},
	{`"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}`, policy.No},
	{`"StringNotEquals":{"s3:BucketTag/team":"blue"}`, policy.No},
	{`"StringEquals":{"s3:ExistingObjectTag/team":"blue"}`, policy.No},
	{`"StringEquals":{"aws:username":"ann"}`, policy.No},
	{`"StringLike":{"aws:userid":"AROAEXAMPLEEXAMPLE:*"}`, policy.No},
	{`"StringNotEquals":{"aws:userid":"111111111111"}`, policy.No},
	{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/team/*"}`, policy.No},
	{`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/team/app"}`, policy.No},
	{`"StringEquals":{"aws:PrincipalAccount":"111111111111"}`, policy.Unknown},
	{`"StringEquals":{"aws:PrincipalType":["User","AssumedRole"]}`, policy.No},
	{`"Bool":{"aws:PrincipalIsAWSService":"false"}`, policy.No},
	{`"StringNotEquals":{"aws:ResourceAccount":"222222222222"}`, policy.No},
	{`"StringEquals":{"s3:ResourceAccount":"222222222222"}`, policy.No},
	{`"StringEquals":{"s3:x-amz-acl":"public-read"}`, policy.No},
	{`"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`, policy.No},
	{`"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}`, policy.No},
	{`"StringNotEquals":{"kms:CallerAccount":"222222222222"}`, policy.No},
	{`"StringLike":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::acme-data/*"}`, policy.No},
	{`"Bool":{"aws:ViaAWSService":"true"}`, policy.No},
	{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, policy.No},
	{`"StringEquals":{"s3express:SessionMode":"ReadOnly"}`, policy.No},
	{`"DateGreaterThan":{"aws:CurrentTime":"2026-11-01T00:00:00Z"}`, policy.No},
	{`"StringEquals":{"aws:SourceAccount":"222222222222"}`, policy.Yes},
}

// statement returns a statement of a layer, of some effect if none is given, and
// whether it makes a policy public.
func (g *generator) statement(layer, effect string) (text string, public policy.Truth) {
	if effect == "" {
		effect = g.pick("Allow", "Allow", "Deny")
	}
	var b strings.Builder
	b.WriteString(`{"Effect":"` + effect + `"`)
	public = policy.No
	switch layer {
	case "bucket", "point", "directory", "key", "endpoint":
		element, everybody := g.principal()
		if layer == "endpoint" && !g.in(3) {
			element = `"Principal":"*"`
		}
		b.WriteString("," + element)
		public = policy.Of(everybody && effect == "Allow")
	case "rcp":
		b.WriteString(`,"Principal":"*"`)
	}
	switch action := g.pick("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "s3:List*", "s3:Put*", "s3:*Object*", "kms:*", "kms:Decrypt", "kms:GenerateDataKey", "s3express:*"); {
	case g.in(10):
		b.WriteString(`,"NotAction":["iam:*","` + g.pick("s3:PutObject", "s3:Get*", "kms:*") + `"]`)
	default:
		b.WriteString(`,"Action":["` + action + `","` + g.pick("s3:GetObject*", "kms:Decrypt", "s3:ListBucket") + `"]`)
	}
	switch resource := g.pick("*", "*", "*", bucketARN+"/*", bucketARN+"/home/*", bucketARN, bucketARN+"/${aws:PrincipalTag/team}/*", keyARN, "arn:aws:s3:*:*:accesspoint/*", "arn:aws:s3:*:*:accesspoint/*/object/home/*", directoryARN); {
	case g.in(10):
		b.WriteString(`,"NotResource":"` + resource + `"`)
	default:
		b.WriteString(`,"Resource":"` + resource + `"`)
	}
	if g.in(2) {
		c := conditions[g.IntN(len(conditions))]
		b.WriteString(`,"Condition":{` + c.text + `}`)
		public = public.And(c.fixes.Not())
		if layer == "point" && strings.Contains(c.text, "s3:DataAccessPointArn") {
			public = policy.Unknown
		}
	}
	b.WriteString("}")
	return b.String(), public
}

// bucket returns a bucket of accountB. S3's answer to whether its policy is public
// agrees with the policy.
func (g *generator) bucket(layer string) evidence.Bucket {
	b := evidence.Bucket{
		Account: evidence.Known(accountB), Region: evidence.Known("us-east-1"),
		Policy: evidence.Absent[json.RawMessage]("NoSuchBucketPolicy"), PolicyStatus: evidence.Absent[evidence.PolicyStatus]("NoSuchBucketPolicy"),
		PublicAccessBlock: g.block(),
		OwnershipControls: evidence.Known(evidence.OwnershipControls{ObjectOwnership: g.pick("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")}),
		ACL:               evidence.Known(g.acl(accountB)), RequestPayment: evidence.Known(evidence.RequestPayment{Payer: g.pick("BucketOwner", "BucketOwner", "BucketOwner", "Requester")}),
		Encryption: evidence.Known(g.encryption()), Versioning: evidence.Known(evidence.Versioning{Status: "Enabled", MFADelete: g.pick("", "Disabled", "Enabled")}),
		ObjectLock: evidence.Known(evidence.ObjectLock{ObjectLockEnabled: "Enabled"}), Tags: g.tags(),
		ABAC: evidence.Known(evidence.ABAC{Status: g.pick("Enabled", "Disabled")}),
	}
	if !g.in(4) {
		public := policy.No
		var list []string
		for range 1 + g.IntN(3) {
			s, p := g.statement(layer, "")
			list, public = append(list, s), public.Or(p)
		}
		if g.in(2) {
			list = append(list, g.allowing(layer))
		}
		b.Policy = evidence.Known(documentOf(list...))
		b.PolicyStatus = evidence.Known(evidence.PolicyStatus{IsPublic: public == policy.Yes || public == policy.Unknown && g.in(2)})
	}
	if g.in(8) {
		b.OwnershipControls = evidence.Absent[evidence.OwnershipControls]("OwnershipControlsNotFoundError")
	}
	if g.in(3) {
		b.ObjectLock = evidence.Absent[evidence.ObjectLock]("ObjectLockConfigurationNotFoundError")
	}
	if g.in(8) {
		b.RequestPayment = evidence.Absent[evidence.RequestPayment]("none")
		b.Encryption = evidence.Absent[evidence.Encryption]("ServerSideEncryptionConfigurationNotFoundError")
		b.Versioning = evidence.Absent[evidence.Versioning]("none")
		b.ABAC = evidence.Absent[evidence.ABAC]("none")
	}
	return b
}
