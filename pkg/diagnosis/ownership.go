package diagnosis

import "why403/pkg/evidence"

// The causes in who owns an object and in access control lists.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func ownershipCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: ObjectOwnership, Name: "object ownership", Layer: evidence.LayerACLOwnership, Doc: s3Guide + "about-object-ownership.html",
				Means: "the object belongs to another account than the bucket, so that the bucket policy does not open it",
				Fix:   "set Object Ownership of the bucket to BucketOwnerEnforced, after moving ACL grants to the bucket policy",
			},
			actor: ofBucket,
		},
		{
			CauseInfo: CauseInfo{
				ID: ACLNoGrant, Name: "ACL", Layer: evidence.LayerACLOwnership, Doc: s3Guide + "acl-overview.html",
				Means: "access hangs on an ACL, and none grants it",
				Fix:   "grant by bucket policy instead of by ACL",
			},
			actor: ofBucket, grants: true,
		},
	}
}
