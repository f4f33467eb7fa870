package live

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"why403/pkg/evidence"
)

func (a *attempt) s3control() *s3control.Client {
	return s3control.NewFromConfig(a.config(a.account, a.region))
}

// readAccountAccessBlock reads Block Public Access of an account.
func (a *attempt) readAccountAccessBlock() change {
	out, err := a.s3control().GetPublicAccessBlock(a, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(a.account)})
	var block evidence.PublicAccessBlock
	if err == nil {
		block = blockOf(out.PublicAccessBlockConfiguration)
	}
	v := outcome(a, block, err, "NoSuchPublicAccessBlockConfiguration")
	return onAccount(a.account, func(acc *evidence.Account) { acc.PublicAccessBlock = v })
}

func blockOf(c *types.PublicAccessBlockConfiguration) evidence.PublicAccessBlock {
	if c == nil {
		return evidence.PublicAccessBlock{}
	}
	return evidence.PublicAccessBlock{
		BlockPublicAcls: aws.ToBool(c.BlockPublicAcls), IgnorePublicAcls: aws.ToBool(c.IgnorePublicAcls),
		BlockPublicPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
	}
}

// pointName is the name of an access point in its ARN.
func pointName(arn string) string {
	_, name, _ := strings.Cut(arn, ":accesspoint/")
	return name
}

// readAccessPoint reads an access point with its policy.
func (a *attempt) readAccessPoint() change {
	name, account := aws.String(pointName(a.name)), aws.String(a.account)
	out, err := a.s3control().GetAccessPoint(a, &s3control.GetAccessPointInput{AccountId: account, Name: name})
	var c evidence.AccessPointConfig
	if err == nil {
		c = evidence.AccessPointConfig{
			Bucket: aws.ToString(out.Bucket), BucketAccountID: aws.ToString(out.BucketAccountId), NetworkOrigin: string(out.NetworkOrigin),
			Alias: aws.ToString(out.Alias), PublicAccessBlockConfiguration: blockOf(out.PublicAccessBlockConfiguration),
		}
		if out.VpcConfiguration != nil {
			c.VPCID = aws.ToString(out.VpcConfiguration.VpcId)
		}
	}
	v := outcome(a, c, err)
	policy, err := a.s3control().GetAccessPointPolicy(a, &s3control.GetAccessPointPolicyInput{AccountId: account, Name: name})
	w := outcome(a, json.RawMessage(nil), err, "NoSuchAccessPointPolicy")
	if err == nil {
		w = document(aws.ToString(policy.Policy))
	}
	return onPoint(a.name, func(p *evidence.AccessPoint) { p.Config, p.Policy = v, w })
}

// readMultiRegionPoint reads a multi-region access point, whose ARN has its alias.
// Several buckets may be behind it: which one answered, the policy does not hang on.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html
func (a *attempt) readMultiRegionPoint() change {
	alias, account := pointName(a.name), aws.String(a.account)
	client := a.s3control()
	pages := s3control.NewListMultiRegionAccessPointsPaginator(client, &s3control.ListMultiRegionAccessPointsInput{AccountId: account})
	var found *types.MultiRegionAccessPointReport
	for pages.HasMorePages() && found == nil {
		out, err := pages.NextPage(a)
		if err != nil {
			v, w := unreadable[evidence.AccessPointConfig](a, err), unreadable[json.RawMessage](a, err)
			return onPoint(a.name, func(p *evidence.AccessPoint) { p.Config, p.Policy = v, w })
		}
		for i := range out.AccessPoints {
			if aws.ToString(out.AccessPoints[i].Alias) == alias {
				found = &out.AccessPoints[i]
			}
		}
	}
	if found == nil {
		const none = "there is no such multi-region access point"
		return onPoint(a.name, func(p *evidence.AccessPoint) {
			p.Config, p.Policy = evidence.Unreadable[evidence.AccessPointConfig](none), evidence.Unreadable[json.RawMessage](none)
		})
	}
	v := evidence.Unreadable[evidence.AccessPointConfig]("the access point has several buckets, and which one was asked is not known")
	if len(found.Regions) == 1 {
		r := found.Regions[0]
		v = evidence.Known(evidence.AccessPointConfig{
			Bucket: aws.ToString(r.Bucket), BucketAccountID: aws.ToString(r.BucketAccountId), NetworkOrigin: "Internet",
			Alias: alias, PublicAccessBlockConfiguration: blockOf(found.PublicAccessBlock),
		})
	}
	out, err := client.GetMultiRegionAccessPointPolicy(a, &s3control.GetMultiRegionAccessPointPolicyInput{AccountId: account, Name: found.Name})
	w := outcome(a, json.RawMessage(nil), err, "NoSuchMultiRegionAccessPointPolicy", "NoSuchAccessPointPolicy")
	if err == nil {
		w = evidence.Absent[json.RawMessage]("NoSuchMultiRegionAccessPointPolicy")
		if p := out.Policy; p != nil && p.Established != nil && aws.ToString(p.Established.Policy) != "" {
			w = document(aws.ToString(p.Established.Policy))
		}
	}
	return onPoint(a.name, func(p *evidence.AccessPoint) { p.Config, p.Policy = v, w })
}
