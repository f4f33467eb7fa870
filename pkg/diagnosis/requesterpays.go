package diagnosis

import "why403/pkg/evidence"

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
func requesterPaysCauses() []cause {
	return []cause{{
		CauseInfo: CauseInfo{
			ID: RequesterPays, Name: "Requester Pays", Layer: evidence.LayerRequesterPays, Doc: s3Guide + "RequesterPaysBuckets.html",
			Means: "the bucket is Requester Pays and the request did not accept the charges",
			Fix:   "send x-amz-request-payer: requester with each request (--request-payer requester), which accepts the charges",
		},
	}}
}
