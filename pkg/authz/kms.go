package authz

import (
	"cmp"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// leg is the use of a KMS key that follows from a call on S3.
type leg struct {
	key     string       // ARN of the key; empty if not known
	managed policy.Truth // AWS manages the key
	// uncertain says why it is not known whether the call uses this key, or any.
	uncertain string
	needs     []Need
	// arn is what S3 gives as aws:s3:arn in the encryption context; empty if not known.
	arn   string
	alias arn // that the key was named by

	// express says that the key is a directory bucket's.
	express bool
	// direct says that the request is a call on KMS itself, not one on S3.
	direct bool
	// alone says that the encryption context is known to have no other pair.
	alone bool
}

// askForKey adds the use of the KMS key that an object is, or is to be, encrypted
// with.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func (x *decider) askForKey(a *authorization) {
	switch a.action {
	case "s3:getobject", "s3:getobjectversion":
		x.useKey("kms:Decrypt", x.keyOfReading(a), "the object is encrypted with this key")
	case "s3:putobject":
		switch x.request.Operation {
		case "UploadPart", "UploadPartCopy", "CompleteMultipartUpload":
			x.useKey("kms:Decrypt", keyOfUpload(), "the multipart upload is encrypted with this key")
		default:
			x.useKey("kms:GenerateDataKey", x.keyForWriting(a), "the object is to be encrypted with this key")
		}
	case "s3:listmultipartuploadparts":
		x.useKey("kms:Decrypt", keyOfUpload(), "the multipart upload is encrypted with this key")
	case "s3:updateobjectencryption":
		// The new key is in the body of the request.
		x.useKey("kms:Decrypt", &leg{uncertain: "whether the call reads under a KMS key is not known"}, "the object is encrypted with this key")
		x.useKey("kms:GenerateDataKey", &leg{uncertain: "with which key the object is to be encrypted is not known"}, "the object is to be encrypted with this key")
	default:
		x.NoKey = cmp.Or(x.NoKey, "the call uses no KMS key")
	}
}

// keyOfUpload: the request that began a multipart upload chose its key; those about its
// parts do not name it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
func keyOfUpload() *leg {
	return &leg{uncertain: "with which key the multipart upload was begun is not known"}
}

// useKey adds the use of a key; l is nil if the call uses none.
func (x *decider) useKey(action string, l *leg, because string) {
	if l == nil {
		x.NoKey = "the object is not encrypted with a KMS key"
		return
	}
	if named := x.namedKey(action); named != "" && l.key == "" && l.managed != policy.Yes {
		l.key, l.uncertain, l.needs = named, "", nil
	}
	k, full := parseARN(l.key)
	if !full {
		k = l.alias
	}
	if l.uncertain != "" {
		because = "the call may use a KMS key"
	}
	out := x.askOnce(evidence.Authorization{Action: action, Resource: l.key, Account: k.account},
		target{kind: onKey, account: k.account, partition: k.partition, region: k.region}, because)
	if out.Resource != "" && out.Resource != "*" && l.key == "" {
		l.key, l.uncertain, l.needs = out.Resource, "", nil // the request, or AWS's message, names it
	}
	out.leg = l
}

// namedKey returns the key that the request or AWS's message names, if it is the one
// that an action uses: a header names that of the object to be written, a message that
// of the action beside it. Of a copy's two objects neither is meant otherwise.
func (x *decider) namedKey(action string) string {
	named := x.request.KMSKey
	if named == "" {
		return ""
	}
	elsewhere := x.copies()
	for _, a := range x.request.Authorizations {
		if a.Resource != named {
			continue
		}
		if strings.EqualFold(a.Action, action) {
			return named
		}
		elsewhere = true
	}
	header := x.request.Context.Lookup("s3:x-amz-server-side-encryption-aws-kms-key-id")
	if len(header.Values) == 1 && header.Values[0] == named {
		elsewhere = action != "kms:GenerateDataKey"
	}
	if elsewhere {
		return ""
	}
	return named
}

// copies reports whether the call reads one object and writes another.
func (x *decider) copies() bool {
	return x.request.Operation == "CopyObject" || x.request.Operation == "UploadPartCopy"
}

// askOnce adds an authorization that the request may already have: what is known of
// its resource is filled in, if nothing was decided yet.
func (x *decider) askOnce(a evidence.Authorization, t target, because string) *authorization {
	for i, b := range x.asked {
		if !strings.EqualFold(b.Action, a.Action) || b.leg != nil || b.Resource != "" && a.Resource != "" && b.Resource != a.Resource {
			continue
		}
		if b.Resource == "" && a.Resource != "" && !b.decided {
			place := len(x.asked)
			c := x.ask(a, t, b.because)
			x.asked = x.asked[:place]
			c.place, x.asked[i] = i, c
			return c
		}
		return b
	}
	return x.ask(a, t, because)
}

// keyOfReading is the key of the object that a call reads. HeadObject reads no more
// than the head, unless it asks for checksums.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (x *decider) keyOfReading(a *authorization) *leg {
	checksums := policy.Yes
	if x.request.Operation == "HeadObject" {
		checksums = sends(x.request.Context.Lookup("s3:x-amz-checksum-mode"))
	}
	if checksums == policy.No {
		return nil
	}
	l := x.keyOfObject(a)
	if l != nil && l.uncertain == "" && checksums == policy.Unknown {
		l.uncertain = "whether the request asks for checksums, which takes the key, is not known"
		l.key, l.managed = "", policy.Unknown
	}
	return l
}

// keyOfObject: what an object is encrypted with stands in its head alone. The bucket's
// default is for new objects, and proves nothing of one that is there. It returns nil
// if no key is used.
func (x *decider) keyOfObject(a *authorization) *leg {
	read := a.target.object.Head
	head, known := read.Value()
	// The headers of a copy are about its destination, but for those of its source.
	//
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
	header := "s3:x-amz-server-side-encryption-customer-algorithm"
	if x.copies() {
		header = "s3:x-amz-copy-source-server-side-encryption-customer-algorithm"
	}
	switch {
	case read.State() == evidence.StateAbsent:
		return nil
	case !known && sends(x.request.Context.Lookup(header)) == policy.Yes:
		return nil
	case !known:
		return &leg{
			uncertain: "with what the object is encrypted was not read" + because(read.Reason()),
			needs:     []Need{{"s3:GetObject", a.target.account, a.target.objectARN()}},
		}
	case !strings.HasPrefix(head.ServerSideEncryption, "aws:kms"):
		return nil
	}
	l := &leg{arn: a.target.objectARN()}
	if head.BucketKeyEnabled {
		l.arn = a.target.bucketARN()
	}
	if l.key = x.resolve(a, head.SSEKMSKeyID, l); l.key == "" && l.uncertain == "" && l.managed != policy.Yes {
		l.uncertain = "the object is encrypted with a KMS key that is not known"
	}
	return l
}
