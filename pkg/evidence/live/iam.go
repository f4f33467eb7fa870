package live

import (
	"net/url"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"why403/pkg/evidence"
)

// iamReader reads one user or role.
type iamReader struct {
	*attempt
	client *iam.Client
	name   *string
}

// nobody is the unique id of a role of which neither id nor path is known.
const nobody = "?"

// readPrincipal reads the policies, boundary and tags of a user or role. Its ARN may
// come without its path: the name is unique in the account.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (a *attempt) readPrincipal() change {
	arn := a.name
	r := iamReader{a, iam.NewFromConfig(a.config(a.account, a.region)), aws.String(arn[strings.LastIndex(arn, "/")+1:])}
	var who entity
	var policies evidence.Read[[]evidence.Policy]
	var both sync.WaitGroup
	if strings.Contains(arn, ":user/") {
		both.Go(func() { who = r.user() })
		both.Go(func() { policies = r.policies(r.ofUser) })
	} else {
		both.Go(func() { who = r.role() })
		both.Go(func() { policies = r.policies(r.ofRole) })
	}
	both.Wait()
	id := outcome(a, who.id, who.err)
	tags := outcome(a, who.tags, who.err)
	boundary := r.boundary(who)
	switch {
	case who.err == nil:
		arn = who.arn
	case a.version == nobody:
		return func(*evidence.Evidence) {}
	case a.version != "":
		arn = a.version // what is kept under an ARN has this ARN: the path would be known
	}
	return onPrincipal(arn, func(p *evidence.Identity) { p.ID, p.Tags, p.Boundary, p.Policies = id, tags, boundary, policies })
}

// entity is a user or role itself.
type entity struct {
	arn, id  string
	boundary *types.AttachedPermissionsBoundary
	tags     map[string]string
	err      error
}

func (r iamReader) role() entity {
	out, err := r.client.GetRole(r, &iam.GetRoleInput{RoleName: r.name})
	if err != nil {
		return entity{err: err}
	}
	return entity{arn: aws.ToString(out.Role.Arn), id: aws.ToString(out.Role.RoleId), boundary: out.Role.PermissionsBoundary, tags: iamTags(out.Role.Tags)}
}

func (r iamReader) user() entity {
	out, err := r.client.GetUser(r, &iam.GetUserInput{UserName: r.name})
	if err != nil {
		return entity{err: err}
	}
	return entity{arn: aws.ToString(out.User.Arn), id: aws.ToString(out.User.UserId), boundary: out.User.PermissionsBoundary, tags: iamTags(out.User.Tags)}
}

func iamTags(set []types.Tag) map[string]string {
	tags := make(map[string]string, len(set))
	for _, t := range set {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

func (r iamReader) boundary(who entity) evidence.Read[evidence.Policy] {
	switch {
	case who.err != nil:
		return unreadable[evidence.Policy](r.attempt, who.err)
	case who.boundary == nil || aws.ToString(who.boundary.PermissionsBoundaryArn) == "":
		return evidence.Absent[evidence.Policy]("no PermissionsBoundary")
	}
	p := r.managed(aws.ToString(who.boundary.PermissionsBoundaryArn), "boundary")
	if p.Unreadable != "" {
		return evidence.Unreadable[evidence.Policy](p.Unreadable)
	}
	return evidence.Known(p)
}

// source is where a policy comes from: a document to be fetched by name, or a managed
// policy by its ARN.
type source struct {
	kind, name, arn string
	document        func(name *string) (*string, error) // of an inline policy
}

// policies fetches every policy of a list. One that cannot be read says so, and leaves
// the others.
func (r iamReader) policies(of func() ([]source, error)) evidence.Read[[]evidence.Policy] {
	sources, err := of()
	if err != nil {
		return unreadable[[]evidence.Policy](r.attempt, err)
	}
	all := make([]evidence.Policy, len(sources))
	var each sync.WaitGroup
	for i, s := range sources {
		each.Go(func() {
			if s.arn != "" {
				all[i] = r.managed(s.arn, s.kind)
				return
			}
			text, err := s.document(aws.String(s.name))
			all[i] = r.policy(evidence.Policy{Name: s.name, Kind: s.kind}, text, err)
		})
	}
	each.Wait()
	return evidence.Known(all)
}

// policy fills in a document as IAM returns it: JSON, encoded as in a URL.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func (a *attempt) policy(p evidence.Policy, text *string, err error) evidence.Policy {
	var doc string
	if err == nil {
		doc, err = url.PathUnescape(aws.ToString(text))
	}
	if err != nil {
		p.Unreadable = unreadable[string](a, err).Reason()
		return p
	}
	return withDocument(p, doc)
}

func withDocument(p evidence.Policy, text string) evidence.Policy {
	read := document(text)
	if v, ok := read.Value(); ok {
		p.Document = v
	} else {
		p.Unreadable = read.Reason()
	}
	return p
}

// managed reads a managed policy in the version that holds. Those of AWS are the same
// in every account.
func (r iamReader) managed(arn, kind string) evidence.Policy {
	f := fact{kind: managedPolicy, account: r.account, region: r.region, name: arn}
	if strings.Contains(arn, ":iam::aws:policy/") {
		f.account = "aws"
	}
	if kind == "boundary" {
		f.version = kind // what it bounds is counted by itself
	}
	p := shared(r.attempt, f, func(a *attempt) evidence.Policy {
		p := evidence.Policy{Name: arn[strings.LastIndex(arn, "/")+1:], ARN: arn}
		out, err := r.client.GetPolicy(a, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
		if err != nil {
			return a.policy(p, nil, err)
		}
		version, err := r.client.GetPolicyVersion(a, &iam.GetPolicyVersionInput{PolicyArn: aws.String(arn), VersionId: out.Policy.DefaultVersionId})
		if err != nil {
			return a.policy(p, nil, err)
		}
		p.AttachmentCount = int(aws.ToInt32(out.Policy.AttachmentCount))
		if kind == "boundary" {
			p.AttachmentCount = int(aws.ToInt32(out.Policy.PermissionsBoundaryUsageCount))
		}
		return a.policy(p, version.PolicyVersion.Document, nil)
	})
	p.Kind = kind
	return p
}

// ofRole lists the policies of a role.
func (r iamReader) ofRole() ([]source, error) {
	var inline, attached []source
	err := both(
		func() error {
			for pages := iam.NewListRolePoliciesPaginator(r.client, &iam.ListRolePoliciesInput{RoleName: r.name}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // the code in it is what matters
				}
				inline = append(inline, inlined(out.PolicyNames, "inline", func(policy *string) (*string, error) {
					out, err := r.client.GetRolePolicy(r, &iam.GetRolePolicyInput{RoleName: r.name, PolicyName: policy})
					if err != nil {
						return nil, err //nolint:wrapcheck // as above
					}
					return out.PolicyDocument, nil
				})...)
			}
			return nil
		},
		func() error {
			for pages := iam.NewListAttachedRolePoliciesPaginator(r.client, &iam.ListAttachedRolePoliciesInput{RoleName: r.name}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				attached = append(attached, managedSources(out.AttachedPolicies, "managed")...)
			}
			return nil
		},
	)
	return append(inline, attached...), err
}

// ofUser lists the policies of a user, and of the groups that it is in.
func (r iamReader) ofUser() ([]source, error) {
	var inline, attached, ofGroups []source
	err := both(
		func() error {
			for pages := iam.NewListUserPoliciesPaginator(r.client, &iam.ListUserPoliciesInput{UserName: r.name}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				inline = append(inline, inlined(out.PolicyNames, "inline", func(policy *string) (*string, error) {
					out, err := r.client.GetUserPolicy(r, &iam.GetUserPolicyInput{UserName: r.name, PolicyName: policy})
					if err != nil {
						return nil, err //nolint:wrapcheck // as above
					}
					return out.PolicyDocument, nil
				})...)
			}
			return nil
		},
		func() error {
			for pages := iam.NewListAttachedUserPoliciesPaginator(r.client, &iam.ListAttachedUserPoliciesInput{UserName: r.name}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				attached = append(attached, managedSources(out.AttachedPolicies, "managed")...)
			}
			return nil
		},
		func() error {
			var groups []*string
			for pages := iam.NewListGroupsForUserPaginator(r.client, &iam.ListGroupsForUserInput{UserName: r.name}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				for _, g := range out.Groups {
					groups = append(groups, g.GroupName)
				}
			}
			found := make([][]source, len(groups))
			reads := make([]func() error, len(groups))
			for i, g := range groups {
				reads[i] = func() (err error) { found[i], err = r.ofGroup(g); return err }
			}
			err := both(reads...)
			for _, s := range found {
				ofGroups = append(ofGroups, s...)
			}
			return err
		},
	)
	return append(append(inline, attached...), ofGroups...), err
}

func (r iamReader) ofGroup(group *string) ([]source, error) {
	var inline, attached []source
	err := both(
		func() error {
			for pages := iam.NewListGroupPoliciesPaginator(r.client, &iam.ListGroupPoliciesInput{GroupName: group}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				inline = append(inline, inlined(out.PolicyNames, "group", func(policy *string) (*string, error) {
					out, err := r.client.GetGroupPolicy(r, &iam.GetGroupPolicyInput{GroupName: group, PolicyName: policy})
					if err != nil {
						return nil, err //nolint:wrapcheck // as above
					}
					return out.PolicyDocument, nil
				})...)
			}
			return nil
		},
		func() error {
			for pages := iam.NewListAttachedGroupPoliciesPaginator(r.client, &iam.ListAttachedGroupPoliciesInput{GroupName: group}); pages.HasMorePages(); {
				out, err := pages.NextPage(r)
				if err != nil {
					return err //nolint:wrapcheck // as above
				}
				attached = append(attached, managedSources(out.AttachedPolicies, "group")...)
			}
			return nil
		},
	)
	return append(inline, attached...), err
}

func inlined(names []string, kind string, document func(*string) (*string, error)) []source {
	out := make([]source, len(names))
	for i, name := range names {
		out[i] = source{kind: kind, name: name, document: document}
	}
	return out
}

func managedSources(list []types.AttachedPolicy, kind string) []source {
	out := make([]source, len(list))
	for i, p := range list {
		out[i] = source{kind: kind, name: aws.ToString(p.PolicyName), arn: aws.ToString(p.PolicyArn)}
	}
	return out
}

// both does several things at the same time, and returns the first error of them in
// their order.
func both(do ...func() error) error {
	errs := make([]error, len(do))
	var all sync.WaitGroup
	for i, f := range do {
		all.Go(func() { errs[i] = f() })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
