package live

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"why403/pkg/evidence"
)

// notInUse is AWS's code for an account that is in no organization.
const notInUse = "AWSOrganizationsNotInUseException"

func (a *attempt) organizations(account string) *organizations.Client {
	if a.refused != nil {
		return organizations.NewFromConfig(a.accounts.refusing(a.refused))
	}
	return organizations.NewFromConfig(a.accounts.organization(account))
}

// readOrganization reads which organization an account is in, and the account's name.
// Every account may ask that of itself; the account that reads the organization knows
// it of all.
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
func (a *attempt) readOrganization() change {
	if reader := a.accounts.Organization; reader != "" && reader != a.account {
		name := a.nameOf(reader, a.account)
		if own := a.organizationOf(reader); name.State() == evidence.StateKnown && own.State() == evidence.StateKnown {
			return onAccount(a.account, func(acc *evidence.Account) { acc.Organization, acc.Name = own, name })
		}
	}
	org := a.organizationOf(a.account)
	name := evidence.Read[string]{}
	if a.accounts.Organization == a.account {
		name = a.nameOf(a.account, a.account)
	}
	return onAccount(a.account, func(acc *evidence.Account) {
		acc.Organization = org
		if name.State() == evidence.StateKnown {
			acc.Name = name
		}
	})
}

func (a *attempt) organizationOf(account string) evidence.Read[evidence.Organization] {
	return shared(a, fact{kind: organization, account: account, name: "itself"}, func(a *attempt) evidence.Read[evidence.Organization] {
		out, err := a.organizations(account).DescribeOrganization(a, &organizations.DescribeOrganizationInput{})
		var v evidence.Organization
		if o := config(out, err, func(o *organizations.DescribeOrganizationOutput) *types.Organization { return o.Organization }); o != nil {
			v = evidence.Organization{ID: aws.ToString(o.Id), ManagementAccount: aws.ToString(o.MasterAccountId)}
		}
		return outcome(a, v, err, notInUse)
	})
}

func (a *attempt) nameOf(reader, account string) evidence.Read[string] {
	return shared(a, fact{kind: accountName, account: reader, name: account}, func(a *attempt) evidence.Read[string] {
		out, err := a.organizations(reader).DescribeAccount(a, &organizations.DescribeAccountInput{AccountId: aws.String(account)})
		name := ""
		if o := config(out, err, func(o *organizations.DescribeAccountOutput) *types.Account { return o.Account }); o != nil {
			name = aws.ToString(o.Name)
		}
		return outcome(a, name, err)
	})
}

// reader is the account that reads an organization that another one manages.
func (a *attempt) reader(management string) string {
	if a.accounts.Organization != "" {
		return a.accounts.Organization
	}
	return management
}

// root is the root of an organization, with the types of policies switched on there.
type root struct {
	id    string
	types []types.PolicyType
	err   error
}

func (a *attempt) rootOf(reader string) root {
	return shared(a, fact{kind: rootOf, account: reader}, func(a *attempt) root {
		var r root
		for pages := organizations.NewListRootsPaginator(a.organizations(reader), &organizations.ListRootsInput{}); pages.HasMorePages(); {
			out, err := pages.NextPage(a)
			if err != nil {
				unreadable[string](a, err)
				return root{err: err}
			}
			for _, found := range out.Roots {
				r.id = aws.ToString(found.Id)
				for _, t := range found.PolicyTypes {
					if t.Status == types.PolicyTypeStatusEnabled {
						r.types = append(r.types, t.Type)
					}
				}
			}
		}
		return r
	})
}

// readPath reads the place of an account in its organization, with the policies of each
// level from the root to the account.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func (a *attempt) readPath() change {
	reader := a.reader(a.name)
	top := a.rootOf(reader)
	ids, err := []string{a.account}, top.err
	for err == nil && !strings.HasPrefix(ids[0], "r-") && len(ids) < maxLevels {
		p := a.parentOf(reader, ids[0])
		if err = p.err; err == nil {
			ids = slices.Insert(ids, 0, p.id)
		}
	}
	if err != nil {
		v := unreadable[[]evidence.PathElement](a, err)
		return onAccount(a.account, func(acc *evidence.Account) { acc.Path = v })
	}
	path := make([]evidence.PathElement, len(ids))
	var levels sync.WaitGroup
	for i, id := range ids {
		path[i].ID = id
		levels.Go(func() { path[i].SCPs = a.attached(reader, top, id, types.PolicyTypeServiceControlPolicy) })
		levels.Go(func() { path[i].RCPs = a.attached(reader, top, id, types.PolicyTypeResourceControlPolicy) })
	}
	levels.Wait()
	return onAccount(a.account, func(acc *evidence.Account) { acc.Path = evidence.Known(path) })
}

// maxLevels is the depth of an organization: the root, five organizational units, the
// account.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const maxLevels = 7

type parent struct {
	id  string
	err error
}

func (a *attempt) parentOf(reader, child string) parent {
	return shared(a, fact{kind: parentOf, account: reader, name: child}, func(a *attempt) parent {
		var found parent
		for pages := organizations.NewListParentsPaginator(a.organizations(reader), &organizations.ListParentsInput{ChildId: aws.String(child)}); pages.HasMorePages(); {
			out, err := pages.NextPage(a)
			if err != nil {
				unreadable[string](a, err)
				return parent{err: err}
			}
			for _, p := range out.Parents {
				found.id = aws.ToString(p.Id)
			}
		}
		return found
	})
}

// attached reads the policies of a type that are attached to a root, unit or account.
func (a *attempt) attached(reader string, top root, target string, of types.PolicyType) evidence.Read[[]evidence.Policy] {
	if !slices.Contains(top.types, of) {
		return evidence.Absent[[]evidence.Policy]("PolicyTypeNotEnabledException")
	}
	return shared(a, fact{kind: policiesOf, account: reader, name: target, version: string(of)}, func(a *attempt) evidence.Read[[]evidence.Policy] {
		client := a.organizations(reader)
		var found []types.PolicySummary
		for pages := organizations.NewListPoliciesForTargetPaginator(client, &organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: of}); pages.HasMorePages(); {
			out, err := pages.NextPage(a)
			if err != nil {
				return unreadable[[]evidence.Policy](a, err)
			}
			found = append(found, out.Policies...)
		}
		all := make([]evidence.Policy, len(found))
		var each sync.WaitGroup
		for i, s := range found {
			each.Go(func() { all[i] = a.organizationPolicy(reader, s, of) })
		}
		each.Wait()
		return evidence.Known(all)
	})
}

func (a *attempt) organizationPolicy(reader string, s types.PolicySummary, of types.PolicyType) evidence.Policy {
	p := evidence.Policy{Name: aws.ToString(s.Name), ARN: aws.ToString(s.Arn), Kind: "scp"}
	if of == types.PolicyTypeResourceControlPolicy {
		p.Kind = "rcp"
	}
	if s.AwsManaged && (p.Name == "FullAWSAccess" || p.Name == "RCPFullAWSAccess") {
		return p // it allows everything, and has always done so
	}
	return shared(a, fact{kind: policyOf, account: reader, name: aws.ToString(s.Id)}, func(a *attempt) evidence.Policy {
		out, err := a.organizations(reader).DescribePolicy(a, &organizations.DescribePolicyInput{PolicyId: s.Id})
		if err != nil {
			p.Unreadable = unreadable[string](a, err).Reason()
			return p
		}
		if out.Policy == nil {
			p.Unreadable = "the answer has no policy"
			return p
		}
		return withDocument(p, aws.ToString(out.Policy.Content))
	})
}

// readOrganizationAccessBlock reads Block Public Access as the organization sets it for
// an account: all four settings, or none.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html
func (a *attempt) readOrganizationAccessBlock() change {
	v := a.organizationAccessBlock()
	return onAccount(a.account, func(acc *evidence.Account) { acc.OrganizationPublicAccessBlock = v })
}

func (a *attempt) organizationAccessBlock() evidence.Read[evidence.PublicAccessBlock] {
	org := a.organizationOf(a.account)
	if org.State() == evidence.StateAbsent {
		return evidence.Absent[evidence.PublicAccessBlock](org.Reason())
	}
	reader := a.accounts.Organization
	if o, ok := org.Value(); ok {
		reader = a.reader(o.ManagementAccount)
	}
	if reader == "" {
		return evidence.Unreadable[evidence.PublicAccessBlock](org.Reason())
	}
	top := a.rootOf(reader)
	switch {
	case top.err != nil:
		return unreadable[evidence.PublicAccessBlock](a, top.err)
	case !slices.Contains(top.types, types.PolicyType(types.EffectivePolicyTypeS3Policy)):
		return evidence.Absent[evidence.PublicAccessBlock]("PolicyTypeNotEnabledException")
	}
	out, err := a.organizations(reader).DescribeEffectivePolicy(a, &organizations.DescribeEffectivePolicyInput{
		PolicyType: types.EffectivePolicyTypeS3Policy, TargetId: aws.String(a.account),
	})
	if err != nil {
		return outcome(a, evidence.PublicAccessBlock{}, err, "EffectivePolicyNotFoundException")
	}
	content := ""
	if out.EffectivePolicy != nil {
		content = aws.ToString(out.EffectivePolicy.PolicyContent)
	}
	switch effectiveAccessBlock(content) {
	case "all":
		return evidence.Known(evidence.PublicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true})
	case "none":
		return evidence.Known(evidence.PublicAccessBlock{})
	}
	return evidence.Unreadable[evidence.PublicAccessBlock]("the organization's S3 policy is not understood")
}

// effectiveAccessBlock returns "all" or "none", as the policy says; with the operators
// of inheritance resolved, or as they are written.
func effectiveAccessBlock(content string) string {
	var p struct {
		S3 struct {
			Block json.RawMessage `json:"public_access_block_configuration"`
		} `json:"s3_attributes"`
	}
	if json.Unmarshal([]byte(content), &p) != nil {
		return ""
	}
	var plain string
	if json.Unmarshal(p.S3.Block, &plain) == nil {
		return plain
	}
	var assigned struct {
		To string `json:"@@assign"`
	}
	if json.Unmarshal(p.S3.Block, &assigned) != nil {
		return ""
	}
	return assigned.To
}
