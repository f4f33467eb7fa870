package diagnosis

import (
	"why403/pkg/evidence"
)

// The causes in access points and multi-region access points.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func accessPointCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: AccessPointPolicy, Name: "access point policy", Layer: evidence.LayerAccessPoint, Doc: s3Guide + "access-points-policies.html",
				Means: "the policy of the access point does not let the request pass",
				Fix:   "allow the requester in the access point policy",
			},
			actor: ofPoint, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: AccessPointDelegation, Name: "access point delegation", Layer: evidence.LayerBucketPolicy, Doc: s3Guide + "access-points-policies.html",
				Means: "the bucket policy does not delegate to the access point",
				Fix:   "delegate in the bucket policy by s3:DataAccessPointAccount",
			},
			actor: ofBucket, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: AccessPointNetwork, Name: "access point network", Layer: evidence.LayerAccessPoint, Doc: s3Guide + "access-points-vpc.html",
				Means: "the access point admits only requests from its VPC",
				Fix:   "send the request through the VPC of the access point, or make another access point",
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: MRAPPolicy, Name: "multi-region access point policy", Layer: evidence.LayerMRAP, Doc: s3Guide + "MultiRegionAccessPointPermissions.html",
				Means: "the policy of the multi-region access point does not let the request pass",
				Fix:   "allow the requester in the policy of the multi-region access point",
			},
			actor: ofPoint, grants: true,
		},
	}
}

// pointOrBucket: no resource-based policy allows a request that went through an
// access point. It needs both policies, and which of them AWS means the words do
// not tell.
func pointOrBucket(r *refusal) named {
	return named{
		why: "AWS says that no resource-based policy allows it, and the request went through an access point: it may mean the policy of the access point or of the bucket",
		open: []Open{
			open(pointCause(r), "the access point policy may not allow it", pointRead(r), inPoint(r)),
			open(AccessPointDelegation, "the bucket policy may not delegate to the access point", "s3:GetBucketPolicy", inBucket(r)),
			open(BucketPolicyNoAllow, "the bucket policy may not allow it", "s3:GetBucketPolicy", inBucket(r)),
		},
	}
}

func ofPoint(r *refusal) string { return accountOf(r.point) }

// pointCause, pointRead and inPoint are for the kind of access point that the
// request went through.
func pointCause(r *refusal) CauseID {
	if r.multiRegion() {
		return MRAPPolicy
	}
	return AccessPointPolicy
}

func pointRead(r *refusal) string {
	if r.multiRegion() {
		return "s3:GetMultiRegionAccessPointPolicy, s3:GetMultiRegionAccessPoint"
	}
	return "s3:GetAccessPointPolicy, s3:GetAccessPoint"
}

func inPoint(r *refusal) place { return place{accountOf(r.point), "the access point's account"} }
