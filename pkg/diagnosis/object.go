package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
)

// The causes in the object itself: whether it exists, whether it may be read or
// deleted now, and how it is encrypted.
func objectCauses() []cause {
	protects := func(*refusal) string { return "a protection against deletion" }
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: MissingObject, Name: "missing object", Layer: evidence.LayerObjectExists, Doc: s3API + "API_GetObject.html",
				Means: "there is no such object, and the requester may not list the bucket, so that S3 answers 403 instead of 404",
				Fix:   "ask for a key that exists; allow s3:ListBucket on the prefix for a plain 404",
			},
			summary: func(r *refusal) string {
				missing := "the object asked for does not exist"
				if key := r.sought(); key != "" {
					missing = "there is no object " + quote(key)
				}
				return fmt.Sprintf("%s in %s; S3 answers 403 instead of 404 because %s may not list the bucket", missing, r.place(), r.who)
			},
			step: func(r *refusal) Step {
				return Step{
					Title:   "ask for a key that exists",
					Target:  r.bucketARN(),
					Caution: "Compare the key letter by letter: upper and lower case, a slash at an end, + or %20 for a space. A deleted object counts as missing. A requester that should get 404 instead needs s3:ListBucket limited by s3:prefix, which shows it the names under that prefix.",
				}
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: ObjectLock, Name: "Object Lock", Layer: evidence.LayerObjectLock, Doc: s3Guide + "object-lock-managing.html",
				Means: "the object version is under retention or legal hold",
				Fix:   "wait until the retention ends, or remove the legal hold; in governance mode delete with s3:BypassGovernanceRetention and --bypass-governance-retention",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s in %s is under Object Lock, which refuses %s to %s", r.object(), r.place(), r.action, r.who)
			},
			actor: ofBucket, intended: protects,
		},
		{
			CauseInfo: CauseInfo{
				ID: MFADelete, Name: "MFA delete", Layer: evidence.LayerMFADelete, Doc: s3Guide + "UsingMFADelete.html",
				Means: "the bucket takes this change only from its root user with MFA",
				Fix:   "delete as the root user of the bucket's account with --mfa",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s has MFA delete on: it takes %s only with the MFA device of its root user, not from %s", r.place(), r.action, r.who)
			},
			actor: ofBucket, intended: protects,
		},
		{
			CauseInfo: CauseInfo{
				ID: SSECBlocked, Name: "SSE-C blocked", Layer: evidence.LayerSSEC, Doc: s3Guide + "blocking-unblocking-s3-c-encryption-gpb.html",
				Means: "the bucket refuses uploads under customer-provided keys",
				Fix:   "upload without customer-provided keys, under SSE-KMS or SSE-S3",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s refuses uploads encrypted under customer-provided keys (SSE-C), such as that of %s", r.place(), r.who)
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: ObjectArchived, Name: "archived object", Layer: evidence.LayerObjectExists, Doc: s3Guide + "restoring-objects.html",
				Means: "the object is archived and must be restored before it can be read",
				Fix:   "restore the object with restore-object and read it afterwards",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s in %s is archived and must be restored before %s can read it", r.object(), r.place(), r.who)
			},
		},
	}
}

// missingObject: the call reads an object, and AWS's message names s3:ListBucket
// on its bucket. No reading needs that action: S3 asks for it only to decide
// between 404 and 403, once the object is found missing.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func missingObject(r *refusal) bool {
	if !strings.EqualFold(r.action, "s3:ListBucket") || r.Message.Resource != "" && !bucketARN(r.Message.Resource) {
		return false
	}
	switch r.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes":
		return r.bucket == r.Bucket
	case "CopyObject", "UploadPartCopy":
		return r.sought() != ""
	}
	return false
}

// sought is the key of the object that the call would read from the bucket that
// AWS's message names: in a copy, that of the source. It is empty if the record
// does not have it.
func (r *refusal) sought() string {
	if r.Operation != "CopyObject" && r.Operation != "UploadPartCopy" {
		return r.Key
	}
	for _, a := range r.Authorizations {
		_, _, rest, ok := splitARN(a.Resource)
		if ok && strings.HasPrefix(a.Action, "s3:GetObject") {
			if bucket, key, _ := strings.Cut(rest, "/"); bucket == r.bucket {
				return key
			}
		}
	}
	return ""
}
