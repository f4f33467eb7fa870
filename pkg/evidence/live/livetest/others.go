package livetest

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"why403/pkg/evidence"
)

func (c *Cloud) s3control(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *s3control.GetPublicAccessBlockInput:
		v, err := value(c.Evidence.Accounts[*in.AccountId].PublicAccessBlock, "NoSuchPublicAccessBlockConfiguration")
		if err != nil {
			return nil, err
		}
		return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: accessBlock(v)}, nil
	case *s3control.GetAccessPointInput:
		p, err := c.point(*in.AccountId, *in.Name)
		if err != nil {
			return nil, err
		}
		v, err := value(p.Config, "NoSuchAccessPoint")
		if err != nil {
			return nil, err
		}
		out := &s3control.GetAccessPointOutput{
			Bucket: aws.String(v.Bucket), BucketAccountId: aws.String(v.BucketAccountID), NetworkOrigin: controltypes.NetworkOrigin(v.NetworkOrigin),
			Alias: aws.String(v.Alias), PublicAccessBlockConfiguration: accessBlock(v.PublicAccessBlockConfiguration),
		}
		if v.VPCID != "" {
			out.VpcConfiguration = &controltypes.VpcConfiguration{VpcId: aws.String(v.VPCID)}
		}
		return out, nil
	case *s3control.GetAccessPointPolicyInput:
		p, err := c.point(*in.AccountId, *in.Name)
		if err != nil {
			return nil, err
		}
		v, err := value(p.Policy, "NoSuchAccessPointPolicy")
		if err != nil {
			return nil, err
		}
		return &s3control.GetAccessPointPolicyOutput{Policy: aws.String(string(v))}, nil
	case *s3control.ListMultiRegionAccessPointsInput:
		return c.multiRegionPoints(in)
	case *s3control.GetMultiRegionAccessPointPolicyInput:
		p, err := c.point(*in.AccountId, *in.Name)
		if err != nil {
			return nil, err
		}
		v, err := value(p.Policy, "NoSuchAccessPointPolicy")
		if err != nil {
			return nil, err
		}
		return &s3control.GetMultiRegionAccessPointPolicyOutput{Policy: &controltypes.MultiRegionAccessPointPolicyDocument{Established: &controltypes.EstablishedMultiRegionAccessPointPolicy{Policy: aws.String(string(v))}}}, nil
	}
	return nil, nil
}

func (c *Cloud) multiRegionPoints(in *s3control.ListMultiRegionAccessPointsInput) (any, error) {
	var all []controltypes.MultiRegionAccessPointReport
	for _, arn := range slices.Sorted(maps.Keys(c.Evidence.AccessPoints)) {
		if account(arn) != *in.AccountId || !strings.HasSuffix(arn, ".mrap") {
			continue
		}
		report := controltypes.MultiRegionAccessPointReport{Alias: aws.String(last(arn)), Name: aws.String(last(arn))}
		v, err := value(c.Evidence.AccessPoints[arn].Config, "NoSuchAccessPoint")
		if err == nil {
			report.Regions = []controltypes.RegionReport{{Bucket: aws.String(v.Bucket), BucketAccountId: aws.String(v.BucketAccountID)}}
			report.PublicAccessBlock = accessBlock(v.PublicAccessBlockConfiguration)
		} else {
			report.Regions = make([]controltypes.RegionReport, 2)
		}
		all = append(all, report)
	}
	some, next := page(c, all, in.NextToken)
	return &s3control.ListMultiRegionAccessPointsOutput{AccessPoints: some, NextToken: next}, nil
}

func (c *Cloud) point(id, name string) (evidence.AccessPoint, error) {
	for arn, p := range c.Evidence.AccessPoints {
		if account(arn) == id && last(arn) == name {
			return p, nil
		}
	}
	return evidence.AccessPoint{}, failure("AccessDenied", "the case does not say")
}

func accessBlock(v evidence.PublicAccessBlock) *controltypes.PublicAccessBlockConfiguration {
	return &controltypes.PublicAccessBlockConfiguration{
		BlockPublicAcls: &v.BlockPublicAcls, IgnorePublicAcls: &v.IgnorePublicAcls, BlockPublicPolicy: &v.BlockPublicPolicy, RestrictPublicBuckets: &v.RestrictPublicBuckets,
	}
}

func (c *Cloud) kms(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *kms.DescribeKeyInput:
		if strings.Contains(*in.KeyId, ":alias/") {
			arn, err := value(c.Evidence.KeyAliases[*in.KeyId], "NotFoundException")
			if err != nil {
				return nil, err
			}
			return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyId: aws.String(last(arn)), Arn: aws.String(arn)}}, nil
		}
		v, err := value(c.Evidence.Keys[*in.KeyId].Metadata, "NotFoundException")
		if err != nil {
			return nil, err
		}
		return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyId: in.KeyId, Arn: in.KeyId, KeyState: kmstypes.KeyState(v.KeyState), KeyManager: kmstypes.KeyManagerType(v.KeyManager)}}, nil
	case *kms.GetKeyPolicyInput:
		v, err := value(c.Evidence.Keys[*in.KeyId].Policy, "NotFoundException")
		if err != nil {
			return nil, err
		}
		return &kms.GetKeyPolicyOutput{Policy: aws.String(string(v))}, nil
	case *kms.ListGrantsInput:
		v, err := value(c.Evidence.Keys[*in.KeyId].Grants, "NotFoundException")
		if err != nil {
			return nil, err
		}
		some, next := page(c, v, in.Marker)
		out := &kms.ListGrantsOutput{NextMarker: next, Truncated: next != nil}
		for _, g := range some {
			entry := kmstypes.GrantListEntry{GranteePrincipal: aws.String(g.GranteePrincipal)}
			for _, op := range g.Operations {
				entry.Operations = append(entry.Operations, kmstypes.GrantOperation(op))
			}
			if len(g.Constraints.EncryptionContextEquals)+len(g.Constraints.EncryptionContextSubset) > 0 {
				entry.Constraints = &kmstypes.GrantConstraints{EncryptionContextEquals: g.Constraints.EncryptionContextEquals, EncryptionContextSubset: g.Constraints.EncryptionContextSubset}
			}
			out.Grants = append(out.Grants, entry)
		}
		return out, nil
	case *kms.ListResourceTagsInput:
		v, err := value(c.Evidence.Keys[*in.KeyId].Tags, "NotFoundException")
		if err != nil {
			return nil, err
		}
		some, next := page(c, slices.Sorted(maps.Keys(v)), in.Marker)
		out := &kms.ListResourceTagsOutput{NextMarker: next, Truncated: next != nil}
		for _, k := range some {
			out.Tags = append(out.Tags, kmstypes.Tag{TagKey: aws.String(k), TagValue: aws.String(v[k])})
		}
		return out, nil
	}
	return nil, nil
}

func (c *Cloud) organizations(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *organizations.DescribeOrganizationInput:
		v, err := value(c.organizationOf(call.Account), "AWSOrganizationsNotInUseException")
		if err != nil {
			return nil, err
		}
		return &organizations.DescribeOrganizationOutput{Organization: &orgtypes.Organization{Id: aws.String(v.ID), MasterAccountId: aws.String(v.ManagementAccount)}}, nil
	case *organizations.DescribeAccountInput:
		v, err := value(c.Evidence.Accounts[*in.AccountId].Name, "AccountNotFoundException")
		if err != nil {
			return nil, err
		}
		return &organizations.DescribeAccountOutput{Account: &orgtypes.Account{Id: in.AccountId, Name: aws.String(v)}}, nil
	case *organizations.ListRootsInput:
		return c.listRoots(in)
	case *organizations.ListParentsInput:
		path, i, err := c.place(*in.ChildId)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			return nil, failure("ChildNotFoundException", "it has no parent")
		}
		return &organizations.ListParentsOutput{Parents: []orgtypes.Parent{{Id: aws.String(path[i-1].ID)}}}, nil
	case *organizations.ListPoliciesForTargetInput:
		return c.listPolicies(in)
	case *organizations.DescribePolicyInput:
		for _, p := range c.organizationPolicies() {
			if policyID(p) == *in.PolicyId {
				if p.Unreadable != "" {
					return nil, failure("AccessDeniedException", p.Unreadable)
				}
				return &organizations.DescribePolicyOutput{Policy: &orgtypes.Policy{Content: aws.String(string(p.Document))}}, nil
			}
		}
		return nil, failure("PolicyNotFoundException", "the case does not say")
	case *organizations.DescribeEffectivePolicyInput:
		v, err := value(c.Evidence.Accounts[*in.TargetId].OrganizationPublicAccessBlock, "EffectivePolicyNotFoundException")
		if err != nil {
			return nil, err
		}
		set := "none"
		if v.BlockPublicAcls {
			set = "all"
		}
		return &organizations.DescribeEffectivePolicyOutput{EffectivePolicy: &orgtypes.EffectivePolicy{PolicyContent: aws.String(`{"s3_attributes":{"public_access_block_configuration":"` + set + `"}}`)}}, nil
	}
	return nil, nil
}

// organizationOf: a management account that the case does not describe is in the
// organization that it manages.
func (c *Cloud) organizationOf(id string) evidence.Read[evidence.Organization] {
	if own := c.Evidence.Accounts[id].Organization; own.State() != evidence.StateNotRead {
		return own
	}
	for _, a := range c.Evidence.Accounts {
		if org, ok := a.Organization.Value(); ok && org.ManagementAccount == id {
			return a.Organization
		}
	}
	return evidence.Read[evidence.Organization]{}
}

func (c *Cloud) listRoots(*organizations.ListRootsInput) (any, error) {
	enabled := []orgtypes.PolicyTypeSummary{{Type: orgtypes.PolicyTypeS3Policy, Status: orgtypes.PolicyTypeStatusEnabled}}
	root, scps, rcps := "", false, false
	for _, a := range c.Evidence.Accounts {
		path, err := value(a.Path, "TargetNotFoundException")
		if err != nil {
			continue
		}
		root = path[0].ID
		for _, e := range path {
			scps = scps || e.SCPs.State() != evidence.StateAbsent
			rcps = rcps || e.RCPs.State() != evidence.StateAbsent
		}
	}
	if root == "" {
		return nil, failure("AccessDeniedException", "the case does not say")
	}
	if scps {
		enabled = append(enabled, orgtypes.PolicyTypeSummary{Type: orgtypes.PolicyTypeServiceControlPolicy, Status: orgtypes.PolicyTypeStatusEnabled})
	}
	if rcps {
		enabled = append(enabled, orgtypes.PolicyTypeSummary{Type: orgtypes.PolicyTypeResourceControlPolicy, Status: orgtypes.PolicyTypeStatusEnabled})
	}
	return &organizations.ListRootsOutput{Roots: []orgtypes.Root{{Id: aws.String(root), PolicyTypes: enabled}}}, nil
}

// place finds a target in the path of an account.
func (c *Cloud) place(id string) ([]evidence.PathElement, int, error) {
	for _, name := range slices.Sorted(maps.Keys(c.Evidence.Accounts)) {
		path, _ := c.Evidence.Accounts[name].Path.Value()
		if i := slices.IndexFunc(path, func(e evidence.PathElement) bool { return e.ID == id }); i >= 0 {
			return path, i, nil
		}
	}
	return nil, 0, failure("AccessDeniedException", "the case does not say")
}

func (c *Cloud) listPolicies(in *organizations.ListPoliciesForTargetInput) (any, error) {
	path, i, err := c.place(*in.TargetId)
	if err != nil {
		return nil, err
	}
	read := path[i].SCPs
	if in.Filter == orgtypes.PolicyTypeResourceControlPolicy {
		read = path[i].RCPs
	}
	all, err := value(read, "TargetNotFoundException")
	if err != nil {
		return nil, err
	}
	some, next := page(c, all, in.NextToken)
	out := &organizations.ListPoliciesForTargetOutput{NextToken: next}
	for _, p := range some {
		managed := p.Document == nil && p.Unreadable == ""
		out.Policies = append(out.Policies, orgtypes.PolicySummary{Id: aws.String(policyID(p)), Name: aws.String(p.Name), Arn: aws.String(p.ARN), AwsManaged: managed})
	}
	return out, nil
}

func policyID(p evidence.Policy) string { return p.Name + "|" + string(p.Document) + p.Unreadable }

func (c *Cloud) organizationPolicies() []evidence.Policy {
	var all []evidence.Policy
	for _, a := range c.Evidence.Accounts {
		path, _ := a.Path.Value()
		for _, e := range path {
			scps, _ := e.SCPs.Value()
			rcps, _ := e.RCPs.Value()
			all = append(append(all, scps...), rcps...)
		}
	}
	return all
}
