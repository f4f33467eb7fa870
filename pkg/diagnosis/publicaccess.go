package diagnosis

import (
	"fmt"

	"why403/pkg/evidence"
)

// The causes in the settings of S3 Block Public Access. None of them is mended by
// switching the setting off.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func publicAccessCauses() []cause {
	const guide = s3Guide + "access-control-block-public-access.html"
	protects := func(*refusal) string { return "a protection against public access" }
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: BPARestrictPublicBuckets, Name: "RestrictPublicBuckets", Layer: evidence.LayerPublicAccessBlock, Doc: guide,
				Means: "the bucket policy is public, so that Block Public Access admits only the owner's account",
				Fix:   "make the bucket policy non-public by fixing its principals; keep the setting",
			},
			actor: ofBucket, intended: protects,
		},
		{
			CauseInfo: CauseInfo{
				ID: BPAIgnorePublicACLs, Name: "IgnorePublicAcls", Layer: evidence.LayerPublicAccessBlock, Doc: guide,
				Means: "access hung on a public ACL, which Block Public Access ignores",
				Fix:   "grant by bucket policy instead of by public ACL",
			},
			actor: ofBucket, intended: protects,
		},
		{
			CauseInfo: CauseInfo{
				ID: BPABlockPublicACLs, Name: "BlockPublicAcls", Layer: evidence.LayerPublicAccessBlock, Doc: guide,
				Means: "the request carries a public ACL, which Block Public Access refuses",
				Fix:   "leave the public ACL out of the request",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("the request of %s carries a public ACL, which Block Public Access refuses on %s", r.who, r.place())
			},
			intended: protects,
		},
		{
			CauseInfo: CauseInfo{
				ID: BPABlockPublicPolicy, Name: "BlockPublicPolicy", Layer: evidence.LayerPublicAccessBlock, Doc: guide,
				Means: "the policy in the request is public, which Block Public Access refuses",
				Fix:   "fix the principals of the policy, so that it is not public",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("the policy that %s tried to set is public, which Block Public Access refuses on %s", r.who, r.place())
			},
			intended: protects,
		},
	}
}
