package live

import (
	"cmp"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// plan is what could still change a decision, as facts to be read.
type plan struct {
	*Reader
	denial   *trail.Denial
	request  *authz.Request
	evidence *evidence.Evidence
	decision *authz.Decision
	facts    []fact
}

// wanted returns what the checks that are not settled ask for.
func (p *plan) wanted() []fact {
	for i := range p.decision.Checks {
		c := &p.decision.Checks[i]
		// A check that passes may know what would settle another one.
		for _, n := range p.decision.Needs(c) {
			for permission := range strings.SplitSeq(n.Permission, ", ") {
				p.need(permission, n, c)
			}
		}
		if c.Blocks != policy.Unknown && c.Verdict != authz.Unknown {
			continue
		}
		for _, reason := range p.decision.Reasons(c) {
			for _, key := range reason.Unsettled {
				p.key(strings.ToLower(key), c)
			}
			if reason.Matches == policy.Unknown && reason.Element == policy.ElementPrincipal && p.request.Principal.Account != "" {
				p.add(fact{kind: canonicalID, account: p.request.Principal.Account, region: p.home()})
			}
		}
	}
	p.asked()
	// What the record names is looked for, even where no check is known that asks.
	if p.denial.Bucket != "" && p.denial.BucketAccount == "" && p.evidence.Buckets[p.denial.Bucket].Account.State() == evidence.StateNotRead && !p.creates() {
		p.add(fact{kind: bucketAccount, name: p.denial.Bucket, region: p.home()})
	}
	return p.facts
}

// asked wants what decides besides the policies themselves: whether AWS calls a bucket
// policy public, which it may where nothing in it looks so, and which key AWS manages
// for an account, which policies may name.
func (p *plan) asked() {
	for i, a := range p.decision.Authorizations {
		if strings.HasPrefix(a.Action, "kms:") && a.Resource == "" && a.Account != "" && p.managedKey(i) {
			p.add(fact{kind: keyAlias, account: a.Account, region: p.regionOfDenial(), name: "arn:" + p.accounts.Partition + ":kms:" + p.regionOfDenial() + ":" + a.Account + ":alias/aws/s3"})
		}
		name := bucketOf(a.Resource)
		b, read := p.evidence.Buckets[name]
		_, has := b.Policy.Value()
		who := p.request.Principal
		if read && has && b.PolicyStatus.State() == evidence.StateNotRead && a.Account != "" && who.Account != a.Account && who.Type != evidence.PrincipalService {
			p.bucket(bucketPolicyStatus, authz.Need{Account: a.Account, Resource: a.Resource})
		}
	}
}

// managedKey reports whether an authorization is for the key that AWS manages for S3.
func (p *plan) managedKey(authorization int) bool {
	for i := range p.decision.Checks {
		if c := &p.decision.Checks[i]; c.Authorization == authorization && c.Layer == evidence.LayerKeyState {
			return c.Verdict == authz.Allow
		}
	}
	return false
}

func (p *plan) creates() bool { return p.denial.Operation == "CreateBucket" }

func (p *plan) add(f fact) {
	switch f.kind {
	case organization, organizationPath, accountAccessBlock, organizationAccessBlock, canonicalID:
		if f.account == "" {
			return // of an account that nobody knows
		}
	default:
	}
	if !slices.Contains(p.facts, f) {
		p.facts = append(p.facts, f)
	}
}

// need turns a permission that a check asks for into facts.
func (p *plan) need(permission string, n authz.Need, c *authz.Check) {
	if k, plain := ofBucket(permission); plain {
		p.bucket(k, n)
		return
	}
	switch permission {
	case "s3:GetBucketPolicyStatus":
		p.public(bucketPolicyStatus, n)
	case "s3:GetBucketPublicAccessBlock":
		p.public(bucketAccessBlock, n)
	case "s3:GetBucketAcl":
		if p.aclsCount(n) {
			p.bucket(bucketACL, n)
		}
	case "s3:GetObjectRetention":
		p.bucket(bucketLock, n)
		if lock, ok := p.evidence.Buckets[bucketOf(n.Resource)].ObjectLock.Value(); ok && lock.ObjectLockEnabled == "Enabled" {
			p.object(objectLock, n)
		}
	case "s3:GetObjectAcl":
		if p.aclsCount(n) {
			p.object(object, n)
		}
	case "s3:GetObject":
		p.object(object, n)
	case "s3:GetAccountPublicAccessBlock":
		p.publicAccount(accountAccessBlock, n)
	case "organizations:DescribeEffectivePolicy":
		p.publicAccount(organizationAccessBlock, n)
	case "s3:ListAllMyBuckets":
		p.add(fact{kind: canonicalID, account: n.Account, region: p.home()})
	case "s3:GetAccessPoint", "s3:GetMultiRegionAccessPoint":
		p.point(n.Resource)
	case "iam:ListRolePolicies", "iam:ListUserPolicies", "iam:GetRole", "iam:GetUser":
		p.principal(n)
	case "iam:GetAccountAuthorizationDetails":
		if id := p.request.Principal.ID; id != "" && p.evidence.Principals[id].ID.State() == evidence.StateNotRead {
			p.add(fact{kind: uniqueID, account: n.Account, region: p.home(), name: id})
		}
	case "kms:GetKeyPolicy":
		p.keyFact(keyPolicy, n)
		p.keyFact(keyMetadata, n)
	case "kms:ListGrants":
		p.keyFact(keyGrants, n)
	case "kms:DescribeKey":
		if strings.Contains(n.Resource, ":alias/") {
			p.keyFact(keyAlias, n)
			return
		}
		p.keyFact(keyMetadata, n)
	case "organizations:DescribeOrganization":
		p.add(fact{kind: organization, account: n.Account, region: p.home()})
	case "organizations:ListPoliciesForTarget":
		p.path(c.Account)
	case "ec2:DescribeVpcEndpoints":
		p.endpoint(n)
	case "cloudtrail:LookupEvents":
		if p.accounts.History != nil {
			p.add(fact{kind: session, account: n.Account, region: p.regionOfDenial(), name: sessionOf(p.denial)})
		}
	default:
		// The others come with one of those above.
	}
}

// ofBucket returns the setting of a bucket that a permission reads, where nothing else has
// to be looked at first.
func ofBucket(permission string) (kind, bool) {
	switch permission {
	case "s3:GetBucketPolicy":
		return bucketPolicy, true
	case "s3:GetBucketOwnershipControls":
		return bucketOwnership, true
	case "s3:GetBucketRequestPayment":
		return bucketPayer, true
	case "s3:GetEncryptionConfiguration":
		return bucketEncryption, true
	case "s3:GetBucketVersioning":
		return bucketVersioning, true
	case "s3:GetBucketObjectLockConfiguration":
		return bucketLock, true
	}
	return 0, false
}

// key turns a condition key of which a statement hangs into facts.
func (p *plan) key(name string, c *authz.Check) {
	a := p.decision.Authorizations[c.Authorization]
	n := authz.Need{Account: a.Account, Resource: a.Resource}
	requester := p.request.Principal.Account
	switch prefix, _, _ := strings.Cut(name, "/"); prefix {
	case "aws:principaltag":
		p.principal(authz.Need{Account: requester, Resource: p.identity()})
	case "aws:principalorgid":
		p.add(fact{kind: organization, account: requester, region: p.home()})
	case "aws:principalorgpaths":
		p.path(requester)
	case "aws:resourceorgid":
		p.add(fact{kind: organization, account: n.Account, region: p.home()})
	case "aws:resourceorgpaths":
		p.path(n.Account)
	case "s3:existingobjecttag":
		p.object(objectTags, n)
	case "s3:buckettag":
		p.bucket(bucketTags, n)
	case "aws:resourcetag":
		if strings.HasPrefix(a.Action, "kms:") {
			p.keyFact(keyTags, n)
			return
		}
		p.bucket(bucketTags, n)
	case "aws:sourcevpc":
		p.endpoint(authz.Need{Account: p.denial.VPCEndpointAccount, Resource: p.denial.VPCEndpointID})
	case "aws:sourcearn":
		if p.request.Principal.Service == "cloudfront.amazonaws.com" {
			p.add(fact{kind: distributions, account: n.Account, region: p.cloudFrontRegion(), name: bucketOf(n.Resource)})
		}
	case "s3:accesspointnetworkorigin":
		p.point(p.denial.AccessPoint)
	}
}

// bucket wants something of a bucket. Whose it is comes first.
func (p *plan) bucket(k kind, n authz.Need) {
	name := bucketOf(n.Resource)
	if name == "" {
		return
	}
	if account, ok := p.ownerOf(name, n.Account); ok {
		p.add(fact{kind: k, account: account, region: p.regionOfBucket(name), name: name})
	}
}

// ownerOf returns the account of a bucket: empty where it was looked for in vain. It is
// false as long as it is looked for.
func (p *plan) ownerOf(bucket, account string) (string, bool) {
	read := p.evidence.Buckets[bucket].Account
	switch found, known := read.Value(); {
	case account != "":
		return account, true
	case known:
		return found, true
	case read.State() == evidence.StateNotRead:
		p.add(fact{kind: bucketAccount, name: bucket, region: p.home()})
		return "", false
	}
	return "", true
}

// public wants a setting that matters only if the bucket policy is public, as long as
// it is not known that it is not: the policy comes first.
func (p *plan) public(k kind, n authz.Need) {
	if b := p.evidence.Buckets[bucketOf(n.Resource)]; b.Policy.State() == evidence.StateNotRead && p.readsOnly() {
		return
	}
	p.bucket(k, n)
}

func (p *plan) publicAccount(k kind, n authz.Need) {
	if b := p.evidence.Buckets[p.denial.Bucket]; p.denial.Bucket != "" && b.Policy.State() == evidence.StateNotRead && p.readsOnly() {
		return
	}
	p.add(fact{kind: k, account: n.Account, region: p.home()})
}

// readsOnly reports whether the bucket policy alone makes Block Public Access matter:
// not so for calls that carry an ACL or a policy.
func (p *plan) readsOnly() bool {
	return !strings.HasPrefix(p.denial.Operation, "Put") && !strings.HasPrefix(p.denial.Operation, "Create")
}

// aclsCount reports whether ACLs may count in the bucket of a need, as far as is known.
func (p *plan) aclsCount(n authz.Need) bool {
	read := p.evidence.Buckets[bucketOf(n.Resource)].OwnershipControls
	controls, known := read.Value()
	return known && controls.ObjectOwnership != "BucketOwnerEnforced" || !known && read.State() != evidence.StateNotRead
}

// object wants something of an object, or of the version that the request names.
func (p *plan) object(k kind, n authz.Need) {
	bucket := bucketOf(n.Resource)
	_, key, ofObject := strings.Cut(n.Resource, ":::"+bucket+"/")
	if bucket == "" || !ofObject || key == "" || strings.HasSuffix(bucket, "--x-s3") {
		return // objects of directory buckets are read in a session only, and have neither ACLs nor tags
	}
	if account, ok := p.ownerOf(bucket, n.Account); ok {
		p.add(fact{kind: k, account: account, region: p.regionOfBucket(bucket), name: bucket + "/" + key, version: p.request.VersionID})
	}
}

// principal wants the policies of the requester.
func (p *plan) principal(n authz.Need) {
	if name := p.identity(); name != "" {
		f := fact{kind: principal, account: accountOf(name), region: p.home(), name: name}
		if p.request.Principal.PathUnknown {
			f.version = cmp.Or(p.request.Principal.ID, nobody)
		}
		p.add(f)
		return
	}
	if id := p.request.Principal.ID; id != "" {
		p.add(fact{kind: uniqueID, account: n.Account, region: p.home(), name: id})
	}
}

// identity is the ARN of the user or role whose policies count, as far as it is known.
func (p *plan) identity() string {
	who := p.request.Principal
	switch {
	case who.Type == evidence.PrincipalFederated:
		return who.Issuer
	case strings.Contains(who.ARN, ":role/") || strings.Contains(who.ARN, ":user/"):
		return who.ARN
	}
	for arn, known := range p.evidence.Principals {
		if id, ok := known.ID.Value(); ok && id == who.ID && strings.HasPrefix(arn, "arn:") {
			return arn
		}
	}
	return ""
}
