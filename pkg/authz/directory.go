package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

const createSession = "s3express:CreateSession"

// decideDirectory: objects of a directory bucket are reached within a session, and it
// is the session that is authorized. Calls on the bucket itself have actions of their
// own, and no other account can make them.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html
func (x *decider) decideDirectory(a *authorization) {
	account := a.target.account
	if strings.HasPrefix(a.action, "s3:") {
		x.add(a, evidence.LayerDirectorySession, account, NotApplicable, policy.No).note("actions on objects of a directory bucket are not authorized themselves: " + createSession + " is")
		t := a.target
		x.askOnce(evidence.Authorization{Action: createSession, Resource: x.directoryARN(&t), Account: account}, t, "objects of a directory bucket are reached within a session")
		return
	}
	says := x.match(a.target.facts.policy, a, "")
	x.limits(a, x.grantsOf(&says))
	// Whether a bucket policy allows matters to sessions only: other calls are never
	// granted across accounts.
	blocks := says.deny
	if a.action == strings.ToLower(createSession) {
		blocks = blocks.Or(a.same.Or(says.allow).Not())
	}
	c := x.add(a, evidence.LayerBucketPolicy, account, says.verdict(blocks), blocks)
	c.says(&says, a.same.Not())
	x.explainBucketPolicy(c, a, &says, &aclAnswer{grants: policy.No, own: policy.No, reached: policy.Yes, everybody: policy.No})

	if a.action != strings.ToLower(createSession) {
		c := x.add(a, evidence.LayerDirectorySession, account, Allow, a.same.Not())
		switch a.same {
		case policy.No:
			c.Verdict = NoAllow
			c.note("calls on a directory bucket itself are not granted across accounts")
		case policy.Unknown:
			c.Verdict = Unknown
			c.note("whether requester and bucket are of one account is not known")
		case policy.Yes:
		}
		return
	}
	x.sessionMode(a)
	x.keysOfSession(a)
}

// keysOfSession: a session with a bucket that is encrypted under a KMS key takes the
// use of the key for all that is done within it. How the bucket is named in the
// encryption context, and S3 to the key, is not documented.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
func (x *decider) keysOfSession(a *authorization) {
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		l := x.keyForWriting(a)
		if l != nil {
			l.arn, l.express = "", true
		}
		x.useKey(action, l, "the directory bucket is encrypted with this key")
	}
}

// sessionMode: a session that may only read cannot write.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
func (x *decider) sessionMode(a *authorization) {
	mode := x.request.Context.Lookup("s3express:sessionmode")
	writes := x.writesObject()
	c := x.add(a, evidence.LayerDirectorySession, a.target.account, Allow, policy.No)
	switch {
	case !writes:
		c.note("a session of either mode may read")
	case mode.State == policy.Present && len(mode.Values) == 1 && mode.Values[0] == "ReadOnly":
		c.Verdict, c.Blocks = Deny, policy.Yes
		c.fact("SessionMode", "ReadWrite", "ReadOnly", "the session may only read")
	case mode.State == policy.NotKnown:
		c.Verdict, c.Blocks = Unknown, policy.Unknown
		c.note("whether the session may write is not known")
	}
}

// writesObject reports whether the call writes or deletes an object.
func (x *decider) writesObject() bool {
	switch x.request.Operation {
	case "PutObject", "DeleteObject", "DeleteObjects", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy",
		"CompleteMultipartUpload", "AbortMultipartUpload", "RenameObject":
		return true
	}
	for _, a := range x.asked {
		switch a.action {
		case "s3:putobject", "s3:deleteobject", "s3:abortmultipartupload":
			return true
		}
	}
	return false
}

// directoryARN returns the ARN of a directory bucket, which has its account and
// region in it; empty if they are not known.
func (x *decider) directoryARN(t *target) string {
	region := t.region
	if v, ok := t.facts.Region.Value(); ok {
		region = v
	}
	if v := x.request.Context.Lookup("aws:requestedregion"); region == "" && len(v.Values) == 1 {
		region = v.Values[0]
	}
	if region == "" || t.account == "" {
		return ""
	}
	return "arn:" + t.partition + ":s3express:" + region + ":" + t.account + ":bucket/" + t.bucket
}
