// Package given puts policies that a person hands over into the case of a denial, where
// a read of them failed or was never made. Nothing is guessed: where a document has
// several places, the choice is the person's, and what is not known to be all there is
// leaves the rest unknown.
package given

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Kind is what a document is.
type Kind string

// The kinds of documents.
const (
	BucketPolicy      Kind = "bucket-policy"
	AccessPointPolicy Kind = "access-point-policy"
	KeyPolicy         Kind = "key-policy"
	EndpointPolicy    Kind = "endpoint-policy"
	IdentityPolicy    Kind = "identity-policy"
	Boundary          Kind = "boundary"
	SessionPolicy     Kind = "session-policy"
	SCP               Kind = "scp"
	RCP               Kind = "rcp"
)

// Kinds are all kinds.
func Kinds() []string {
	return []string{string(BucketPolicy), string(AccessPointPolicy), string(KeyPolicy), string(EndpointPolicy), string(IdentityPolicy),
		string(Boundary), string(SessionPolicy), string(SCP), string(RCP)}
}

// Document is a policy, and where it belongs.
type Document struct {
	Kind Kind
	// Name says which of several it is: the bucket, the key, the policy. Empty: the only
	// one, or for IAM and session policies, one more.
	Name   string
	Policy Policy
}

// Put returns the case with documents in its evidence, as known. complete says that of
// each kind that is handed over there are no others.
func Put(c evidence.Case, d trail.Denial, all []Document, complete bool) (evidence.Case, error) {
	e := &c.Evidence
	e.Buckets, e.AccessPoints, e.Keys, e.VPCEndpoints = maps.Clone(e.Buckets), maps.Clone(e.AccessPoints), maps.Clone(e.Keys), maps.Clone(e.VPCEndpoints)
	e.Principals, e.Sessions, e.Accounts = maps.Clone(e.Principals), maps.Clone(e.Sessions), maps.Clone(e.Accounts)
	p := putting{evidence: e, denial: d, complete: complete, begun: make(map[string]bool)}
	for i, doc := range all {
		if err := p.put(doc, i+1); err != nil {
			return evidence.Case{}, fmt.Errorf("%s: %w", doc.Kind, err)
		}
	}
	return c, nil
}

type putting struct {
	evidence *evidence.Evidence
	denial   trail.Denial
	complete bool
	begun    map[string]bool // lists that hold what is given only
}

func (p *putting) put(doc Document, number int) error {
	text := evidence.Known(doc.Policy.Document)
	e := p.evidence
	switch doc.Kind {
	case BucketPolicy:
		name, err := choose(doc, p.buckets(), "bucket", "")
		b := e.Buckets[name]
		b.Policy = text
		set(&e.Buckets, name, b, err)
		return err
	case AccessPointPolicy:
		name, err := choose(doc, names(p.denial.AccessPoint, e.AccessPoints), "access point", "")
		a := e.AccessPoints[name]
		a.Policy = text
		set(&e.AccessPoints, name, a, err)
		return err
	case KeyPolicy:
		name, err := choose(doc, p.keys(), "KMS key", " (s3:GetEncryptionConfiguration or kms:DescribeKey would tell)")
		k := e.Keys[name]
		k.Policy = text
		set(&e.Keys, name, k, err)
		return err
	case EndpointPolicy:
		name, err := choose(doc, names(p.denial.VPCEndpointID, e.VPCEndpoints), "VPC endpoint", "")
		v, _ := e.VPCEndpoints[name].Value()
		v.PolicyDocument = doc.Policy.Document
		set(&e.VPCEndpoints, name, evidence.Known(v), err)
		return err
	case IdentityPolicy, Boundary:
		return p.ofPrincipal(doc, number)
	case SessionPolicy:
		return p.ofSession(doc, number)
	case SCP, RCP:
		return p.ofOrganization(doc)
	}
	return fmt.Errorf("is no kind of policy: want %s", strings.Join(Kinds(), ", "))
}

// set puts a value into a map, unless its name was not found.
func set[T any](m *map[string]T, name string, v T, err error) {
	if err != nil {
		return
	}
	if *m == nil {
		*m = make(map[string]T)
	}
	(*m)[name] = v
}

// names are those that the record and the evidence have.
func names[T any](first string, m map[string]T) []string {
	all := slices.Sorted(maps.Keys(m))
	if first != "" && !slices.Contains(all, first) {
		all = append([]string{first}, all...)
	}
	return all
}

// choose returns the place that a document is for.
func choose(doc Document, places []string, what, hint string) (string, error) {
	switch {
	case len(places) == 0:
		return "", fmt.Errorf("the case does not say which %s the request was for%s", what, hint)
	case doc.Name != "":
		for _, p := range places {
			if p == doc.Name || strings.HasSuffix(p, "/"+doc.Name) || strings.HasSuffix(p, ":"+doc.Name) {
				return p, nil
			}
		}
		return "", fmt.Errorf("the case has no %s %q: say %s", what, doc.Name, options(doc.Kind, places))
	case len(places) > 1:
		return "", fmt.Errorf("the case has several of them: say %s", options(doc.Kind, places))
	}
	return places[0], nil
}

// options are the ways to say which one is meant.
func options(k Kind, places []string) string {
	all := make([]string, len(places))
	for i, p := range places {
		all[i] = string(k) + "=" + p + ":FILE"
	}
	return strings.Join(all, " or ")
}

// buckets are those that the request was for: of a copy there are two.
func (p *putting) buckets() []string {
	var all []string
	add := func(name string) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	add(p.denial.Bucket)
	for _, a := range p.denial.Authorizations {
		parts := strings.SplitN(a.Resource, ":", 6)
		if len(parts) == 6 && parts[2] == "s3" && parts[4] == "" { // else it is an access point
			name, _, _ := strings.Cut(parts[5], "/")
			if name != "*" {
				add(name)
			}
		}
	}
	for _, a := range p.evidence.AccessPoints {
		config, _ := a.Config.Value()
		add(config.Bucket)
	}
	return all
}

// keys are the KMS keys that the record or the evidence names.
func (p *putting) keys() []string {
	all := names("", p.evidence.Keys)
	add := func(arn string) {
		if strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":key/") && !slices.Contains(all, arn) {
			all = append(all, arn)
		}
	}
	add(p.denial.KMSKey)
	for _, a := range p.denial.Authorizations {
		add(a.Resource)
	}
	for _, b := range p.buckets() {
		encryption, _ := p.evidence.Buckets[b].Encryption.Value()
		add(encryption.KMSMasterKeyID)
	}
	for _, o := range p.evidence.Objects {
		head, _ := o.Head.Value()
		add(head.SSEKMSKeyID)
	}
	for _, r := range p.evidence.KeyAliases {
		arn, _ := r.Value()
		add(arn)
	}
	return all
}
