package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"why403/pkg/authz"
	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// setFor returns the change of a setting, or of the request, that removes a blocker
// which is no policy.
func (j *join) setFor(b *blocker, v *refusal, s *Step) (*change, error) {
	bucket := v.bucket
	switch b.id {
	case RequesterPays:
		if j.Principal.Type == evidence.PrincipalAnonymous {
			return nil, nil
		}
		return j.send(s, authz.HeaderRequestPayer, "requester", "x-amz-request-payer"), nil
	case SSECBlocked:
		return j.leaveOut(s, "s3:x-amz-server-side-encryption-customer-algorithm"), nil
	case BPABlockPublicACLs:
		return j.leaveOut(s, "s3:x-amz-acl", "s3:x-amz-grant-read", "s3:x-amz-grant-write", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write-acp", "s3:x-amz-grant-full-control"), nil
	case ExpectedBucketOwner:
		if !isAccount(v.owner) {
			return nil, nil
		}
		header := expectedOwnerHeader(b)
		return j.send(s, "s3:"+header, v.owner, header), nil
	case ObjectOwnership:
		return j.disableACLs(bucket, s), nil
	case KMSKeyState:
		return j.enableKey(v, s), nil
	case ObjectLock:
		return j.unlock(v, s), nil
	case BPARestrictPublicBuckets:
		return j.unpublish(v, s)
	default:
		return nil, nil
	}
}

// expectedOwnerHeader is the header that expects another owner: a copy has one for
// its destination and one for its source.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
func expectedOwnerHeader(b *blocker) string {
	for _, reason := range b.reasons {
		if reason.Policy == "" && strings.EqualFold("s3:"+reason.Key, authz.HeaderSourceExpectedOwner) {
			return strings.TrimPrefix(authz.HeaderSourceExpectedOwner, "s3:")
		}
	}
	return strings.TrimPrefix(authz.HeaderExpectedOwner, "s3:")
}

// send sends a header.
func (j *join) send(s *Step, key, value, header string) *change {
	s.Patch = encode(map[string]string{header: value})
	return &change{kind: changeRequest, apply: func(w *world) error {
		w.request.Context.Set(key, value)
		return nil
	}}
}

// leaveOut leaves headers out of the request.
func (j *join) leaveOut(s *Step, keys ...string) *change {
	out := make(map[string]any)
	for _, k := range keys {
		if j.Context.Lookup(k).State == evidence.KeyPresent {
			out[strings.TrimPrefix(k, "s3:")] = nil
		}
	}
	s.Patch = encode(out)
	return &change{kind: changeRequest, apply: func(w *world) error {
		for _, k := range keys {
			w.request.Context.SetAbsent(k)
		}
		return nil
	}}
}

// disableACLs makes everything in the bucket the bucket owner's. It replaces AWS's older
// advice, which was to copy each object over itself: that remains where ACLs have to
// stay.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (j *join) disableACLs(bucket string, s *Step) *change {
	s.Title = "disable ACLs: set Object Ownership of the bucket to BucketOwnerEnforced"
	s.Patch = encode(map[string]string{"ObjectOwnership": "BucketOwnerEnforced"})
	s.Caution = "Whoever is let in by an ACL today is not any more: move those grants to the bucket policy first. Where ACLs have to stay, the object's owner can grant bucket-owner-full-control, and the bucket's account copy the object over itself."
	if bucketName(bucket) {
		name := clean.Shell(bucket)
		s.Commands = []string{
			"aws s3api get-bucket-acl --bucket=" + name,
			"aws s3api put-bucket-ownership-controls --bucket=" + name + " --ownership-controls='Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
		}
	}
	return &change{
		kind: changeSetting, unlocks: "everybody whom the bucket policy and the bucket account's IAM policies let in then reaches this object too",
		apply: func(w *world) error {
			b := w.evidence.Buckets[bucket]
			b.OwnershipControls = evidence.Known(evidence.OwnershipControls{ObjectOwnership: "BucketOwnerEnforced"})
			w.evidence.Buckets[bucket] = b
			return nil
		},
	}
}

// enableKey brings a key back that somebody took out of use.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (j *join) enableKey(v *refusal, s *Step) *change {
	arn := v.KMSKey
	m, _ := j.evidence.Keys[arn].Metadata.Value()
	if m.KeyState != "Disabled" && m.KeyState != "PendingDeletion" || !keyARN(arn) {
		s.Caution = strings.TrimSpace(fmt.Sprintf("The key is in the state %s. %s", orUnknown(m.KeyState), s.Caution))
		return nil
	}
	key := clean.Shell(arn)
	s.Title, s.Commands, s.Caution = "enable the KMS key", nil, "Ask first why it was disabled."
	if m.KeyState == "PendingDeletion" {
		s.Title, s.Caution = "cancel the deletion of the KMS key and enable it", "Ask first why it was to be deleted."
		s.Commands = append(s.Commands, "aws kms cancel-key-deletion --key-id="+key)
	}
	s.Commands = append(s.Commands, "aws kms enable-key --key-id="+key)
	s.Patch = encode(map[string]string{"KeyState": "Enabled"})
	return &change{kind: changeSetting, unlocks: "everybody who may use the key can use it again", apply: func(w *world) error {
		k := w.evidence.Keys[arn]
		m.KeyState = "Enabled"
		k.Metadata = evidence.Known(m)
		w.evidence.Keys[arn] = k
		return nil
	}}
}

// unlock removes a legal hold, or bypasses retention in governance mode. Retention in
// compliance mode ends by itself alone.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (j *join) unlock(v *refusal, s *Step) *change {
	name := v.bucket + "/" + v.key
	o := j.evidence.Objects[name]
	version := o.ObjectVersion
	if j.VersionID != "" {
		version = o.Versions[j.VersionID]
	}
	retention, retained := version.Retention.Value()
	hold, _ := version.LegalHold.Value()
	switch {
	case hold.Status == "ON":
		s.Title = "remove the legal hold of the version"
		s.Patch = encode(map[string]string{"LegalHold": "OFF"})
	case retained && retention.Mode == "GOVERNANCE":
		s.Account = j.Principal.Account
		s.Title = "delete with --bypass-governance-retention, which needs s3:BypassGovernanceRetention"
		return j.send(s, authz.HeaderBypassGovernance, "true", "x-amz-bypass-governance-retention")
	case retained:
		s.Title = "wait until the retention ends, at " + retention.RetainUntilDate.UTC().Format(time.RFC3339)
		return nil
	default:
		return nil
	}
	return &change{kind: changeSetting, unlocks: "whoever may delete the version then can", apply: func(w *world) error {
		o := w.evidence.Objects[name]
		version.LegalHold = evidence.Known(evidence.LegalHold{Status: "OFF"})
		if j.VersionID == "" {
			o.ObjectVersion = version
		} else {
			versions := make(map[string]evidence.ObjectVersion, len(o.Versions))
			for id, old := range o.Versions {
				versions[id] = old
			}
			versions[j.VersionID] = version
			o.Versions = versions
		}
		w.evidence.Objects[name] = o
		return nil
	}}
}
