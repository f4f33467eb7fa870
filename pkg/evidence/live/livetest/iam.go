package livetest

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"why403/pkg/evidence"
)

// group is the name of the one group that a user with policies of groups is in.
const group = "group"

// identity finds a user or role by its name, which is unique in its account.
func (c *Cloud) identity(call Call, kind string, name *string) (string, evidence.Identity, error) {
	for arn, p := range c.Evidence.Principals {
		if account(arn) == call.Account && last(arn) == *name && strings.Contains(arn, ":"+kind+"/") {
			return arn, p, nil
		}
	}
	return "", evidence.Identity{}, failure("AccessDenied", "the case does not say")
}

// policies are those of an identity that are of a group, or of itself; attached ones
// have an ARN.
func policies(p evidence.Identity, ofGroup, attached bool) ([]evidence.Policy, error) {
	all, err := value(p.Policies, "NoSuchEntity")
	if err != nil && p.Policies.State() != evidence.StateAbsent {
		return nil, err
	}
	var out []evidence.Policy
	for _, one := range all {
		if (one.Kind == "group") == ofGroup && (one.ARN != "") == attached {
			out = append(out, one)
		}
	}
	return out, nil
}

func names(all []evidence.Policy) []string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.Name
	}
	return out
}

func attachedOf(all []evidence.Policy) []types.AttachedPolicy {
	out := make([]types.AttachedPolicy, len(all))
	for i, p := range all {
		out[i] = types.AttachedPolicy{PolicyName: aws.String(p.Name), PolicyArn: aws.String(p.ARN)}
	}
	return out
}

// text is the document of a policy as IAM returns it.
func text(all []evidence.Policy, name string) (*string, error) {
	for _, p := range all {
		if p.Name == name {
			if p.Unreadable != "" {
				return nil, failure("AccessDenied", p.Unreadable)
			}
			return aws.String(url.PathEscape(string(p.Document))), nil
		}
	}
	return nil, failure("NoSuchEntity", "there is no such policy")
}

func (c *Cloud) iam(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *iam.GetRoleInput:
		arn, p, err := c.identity(call, "role", in.RoleName)
		if err != nil {
			return nil, err
		}
		id, tags, boundary, err := itself(p)
		if err != nil {
			return nil, err
		}
		return &iam.GetRoleOutput{Role: &types.Role{Arn: aws.String(arn), RoleId: aws.String(id), Tags: tags, PermissionsBoundary: boundary}}, nil
	case *iam.GetUserInput:
		arn, p, err := c.identity(call, "user", in.UserName)
		if err != nil {
			return nil, err
		}
		id, tags, boundary, err := itself(p)
		if err != nil {
			return nil, err
		}
		return &iam.GetUserOutput{User: &types.User{Arn: aws.String(arn), UserId: aws.String(id), Tags: tags, PermissionsBoundary: boundary}}, nil
	case *iam.ListRolePoliciesInput:
		all, err := c.of(call, "role", in.RoleName, false, false)
		if err != nil {
			return nil, err
		}
		some, next := page(c, names(all), in.Marker)
		return &iam.ListRolePoliciesOutput{PolicyNames: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.GetRolePolicyInput:
		all, err := c.of(call, "role", in.RoleName, false, false)
		if err != nil {
			return nil, err
		}
		doc, err := text(all, *in.PolicyName)
		if err != nil {
			return nil, err
		}
		return &iam.GetRolePolicyOutput{PolicyDocument: doc}, nil
	case *iam.ListAttachedRolePoliciesInput:
		all, err := c.of(call, "role", in.RoleName, false, true)
		if err != nil {
			return nil, err
		}
		some, next := page(c, attachedOf(all), in.Marker)
		return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.GetPolicyInput:
		if _, err := c.managed(*in.PolicyArn); err != nil {
			return nil, err
		}
		return &iam.GetPolicyOutput{Policy: &types.Policy{Arn: in.PolicyArn, DefaultVersionId: aws.String("v1")}}, nil
	case *iam.GetPolicyVersionInput:
		p, err := c.managed(*in.PolicyArn)
		if err != nil {
			return nil, err
		}
		doc, err := text([]evidence.Policy{p}, p.Name)
		if err != nil {
			return nil, err
		}
		return &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{Document: doc}}, nil
	case *iam.ListRolesInput:
		some, next := page(c, c.arns(call, "role"), in.Marker)
		out := &iam.ListRolesOutput{IsTruncated: next != nil, Marker: next}
		for _, arn := range some {
			id, _ := c.Evidence.Principals[arn].ID.Value()
			out.Roles = append(out.Roles, types.Role{Arn: aws.String(arn), RoleId: aws.String(id)})
		}
		return out, nil
	case *iam.ListUsersInput:
		some, next := page(c, c.arns(call, "user"), in.Marker)
		out := &iam.ListUsersOutput{IsTruncated: next != nil, Marker: next}
		for _, arn := range some {
			id, _ := c.Evidence.Principals[arn].ID.Value()
			out.Users = append(out.Users, types.User{Arn: aws.String(arn), UserId: aws.String(id)})
		}
		return out, nil
	default:
		return c.users(call)
	}
}

// users answers calls about the policies of users and of their group.
func (c *Cloud) users(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *iam.ListUserPoliciesInput:
		all, err := c.of(call, "user", in.UserName, false, false)
		if err != nil {
			return nil, err
		}
		some, next := page(c, names(all), in.Marker)
		return &iam.ListUserPoliciesOutput{PolicyNames: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.GetUserPolicyInput:
		all, err := c.of(call, "user", in.UserName, false, false)
		if err != nil {
			return nil, err
		}
		doc, err := text(all, *in.PolicyName)
		if err != nil {
			return nil, err
		}
		return &iam.GetUserPolicyOutput{PolicyDocument: doc}, nil
	case *iam.ListAttachedUserPoliciesInput:
		all, err := c.of(call, "user", in.UserName, false, true)
		if err != nil {
			return nil, err
		}
		some, next := page(c, attachedOf(all), in.Marker)
		return &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.ListGroupsForUserInput:
		some, next := page(c, []types.Group{{GroupName: aws.String(group + "-of-" + *in.UserName)}}, in.Marker)
		return &iam.ListGroupsForUserOutput{Groups: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.ListGroupPoliciesInput:
		all, err := c.of(call, "user", member(in.GroupName), true, false)
		if err != nil {
			return nil, err
		}
		some, next := page(c, names(all), in.Marker)
		return &iam.ListGroupPoliciesOutput{PolicyNames: some, IsTruncated: next != nil, Marker: next}, nil
	case *iam.GetGroupPolicyInput:
		all, err := c.of(call, "user", member(in.GroupName), true, false)
		if err != nil {
			return nil, err
		}
		doc, err := text(all, *in.PolicyName)
		if err != nil {
			return nil, err
		}
		return &iam.GetGroupPolicyOutput{PolicyDocument: doc}, nil
	case *iam.ListAttachedGroupPoliciesInput:
		all, err := c.of(call, "user", member(in.GroupName), true, true)
		if err != nil {
			return nil, err
		}
		some, next := page(c, attachedOf(all), in.Marker)
		return &iam.ListAttachedGroupPoliciesOutput{AttachedPolicies: some, IsTruncated: next != nil, Marker: next}, nil
	}
	return nil, nil
}

func member(groupName *string) *string {
	return aws.String(strings.TrimPrefix(*groupName, group+"-of-"))
}

func (c *Cloud) of(call Call, kind string, name *string, ofGroup, attached bool) ([]evidence.Policy, error) {
	_, p, err := c.identity(call, kind, name)
	if err != nil {
		return nil, err
	}
	return policies(p, ofGroup, attached)
}

func (c *Cloud) arns(call Call, kind string) []string {
	var out []string
	for _, arn := range slices.Sorted(maps.Keys(c.Evidence.Principals)) {
		if account(arn) == call.Account && strings.Contains(arn, ":"+kind+"/") {
			out = append(out, arn)
		}
	}
	return out
}

func itself(p evidence.Identity) (id string, tags []types.Tag, boundary *types.AttachedPermissionsBoundary, err error) {
	id, _ = p.ID.Value()
	set, _ := p.Tags.Value()
	for _, k := range slices.Sorted(maps.Keys(set)) {
		tags = append(tags, types.Tag{Key: aws.String(k), Value: aws.String(set[k])})
	}
	b, err := value(p.Boundary, "NoSuchEntity")
	switch {
	case err == nil:
		boundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String(b.ARN)}
	case p.Boundary.State() == evidence.StateAbsent:
		err = nil
	}
	return id, tags, boundary, err
}

// managed finds a managed policy, wherever it is attached.
func (c *Cloud) managed(arn string) (evidence.Policy, error) {
	for _, p := range c.Evidence.Principals {
		all, _ := p.Policies.Value()
		if b, ok := p.Boundary.Value(); ok {
			all = append(slices.Clone(all), b)
		}
		for _, one := range all {
			if one.ARN == arn {
				return one, nil
			}
		}
	}
	return evidence.Policy{}, failure("NoSuchEntity", "there is no such policy")
}
