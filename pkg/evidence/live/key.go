package live

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"why403/pkg/evidence"
)

// readKey reads something of a KMS key.
func (a *attempt) readKey() change {
	client, id := kms.NewFromConfig(a.config(a.account, a.region)), aws.String(a.name)
	switch a.kind {
	case keyMetadata:
		out, err := client.DescribeKey(a, &kms.DescribeKeyInput{KeyId: id})
		var m evidence.KeyMetadata
		if c := config(out, err, func(o *kms.DescribeKeyOutput) *types.KeyMetadata { return o.KeyMetadata }); c != nil {
			m = evidence.KeyMetadata{KeyState: string(c.KeyState), KeyManager: string(c.KeyManager)}
		}
		v := outcome(a, m, err)
		return onKey(a.name, func(k *evidence.Key) { k.Metadata = v })
	case keyAlias:
		out, err := client.DescribeKey(a, &kms.DescribeKeyInput{KeyId: id})
		arn := ""
		if c := config(out, err, func(o *kms.DescribeKeyOutput) *types.KeyMetadata { return o.KeyMetadata }); c != nil {
			arn = aws.ToString(c.Arn)
		}
		v := outcome(a, arn, err, "NotFoundException")
		return func(e *evidence.Evidence) { update(&e.KeyAliases, a.name, func(r *evidence.Read[string]) { *r = v }) }
	case keyPolicy:
		out, err := client.GetKeyPolicy(a, &kms.GetKeyPolicyInput{KeyId: id, PolicyName: aws.String("default")})
		v := outcome(a, json.RawMessage(nil), err)
		if err == nil {
			v = document(aws.ToString(out.Policy))
		}
		return onKey(a.name, func(k *evidence.Key) { k.Policy = v })
	case keyGrants:
		v := a.grants(client, id)
		return onKey(a.name, func(k *evidence.Key) { k.Grants = v })
	default:
		v := a.keyTags(client, id)
		return onKey(a.name, func(k *evidence.Key) { k.Tags = v })
	}
}

func (a *attempt) grants(client *kms.Client, id *string) evidence.Read[[]evidence.KeyGrant] {
	grants := []evidence.KeyGrant{}
	for pages := kms.NewListGrantsPaginator(client, &kms.ListGrantsInput{KeyId: id}); pages.HasMorePages(); {
		out, err := pages.NextPage(a)
		if err != nil {
			return unreadable[[]evidence.KeyGrant](a, err)
		}
		for _, g := range out.Grants {
			k := evidence.KeyGrant{GranteePrincipal: aws.ToString(g.GranteePrincipal)}
			for _, op := range g.Operations {
				k.Operations = append(k.Operations, string(op))
			}
			if c := g.Constraints; c != nil {
				k.Constraints = evidence.GrantConstraints{EncryptionContextSubset: c.EncryptionContextSubset, EncryptionContextEquals: c.EncryptionContextEquals}
			}
			grants = append(grants, k)
		}
	}
	return evidence.Known(grants)
}

func (a *attempt) keyTags(client *kms.Client, id *string) evidence.Read[map[string]string] {
	tags := make(map[string]string)
	for pages := kms.NewListResourceTagsPaginator(client, &kms.ListResourceTagsInput{KeyId: id}); pages.HasMorePages(); {
		out, err := pages.NextPage(a)
		if err != nil {
			return unreadable[map[string]string](a, err)
		}
		for _, t := range out.Tags {
			tags[aws.ToString(t.TagKey)] = aws.ToString(t.TagValue)
		}
	}
	return evidence.Known(tags)
}
