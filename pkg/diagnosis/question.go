package diagnosis

import (
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// Question returns what S3 had to decide for a denial.
func Question(d trail.Denial) *authz.Request {
	ctx := policy.NewContext(d.Complete)
	for _, k := range d.Context {
		switch k.State {
		case evidence.KeyPresent:
			ctx.Set(k.Name, k.Values...)
		case evidence.KeyAbsent:
			ctx.SetAbsent(k.Name)
		default:
			ctx.SetUnknown(k.Name)
		}
	}
	// What the record names beside its keys: an endpoint, and that it is paid for.
	if d.VPCEndpointID != "" {
		ctx.Set("aws:SourceVpce", d.VPCEndpointID)
	}
	if d.RequesterPays {
		ctx.Set(authz.HeaderRequestPayer, "requester")
	}
	r := &authz.Request{
		Principal: d.Principal, Operation: d.Operation, Context: ctx, Bucket: d.Bucket,
		VersionID: d.VersionID, KMSKey: d.KMSKey, Document: d.Document,
	}
	for _, a := range d.Authorizations {
		// What AWS's message names is among them, in AWS's words: they may be damaged. A
		// listing that S3 itself asked for follows from the evidence.
		if exactAction(a.Action) && !askedByS3(d, a) {
			r.Authorizations = append(r.Authorizations, a)
		}
	}
	return r
}

// askedByS3 reports whether an authorization is the listing that S3 asks for when an
// object is missing: no call that reads an object needs it.
func askedByS3(d trail.Denial, a evidence.Authorization) bool {
	if !strings.EqualFold(a.Action, "s3:ListBucket") || !strings.EqualFold(d.Message.Action, a.Action) {
		return false
	}
	switch d.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "UploadPartCopy":
		return true
	}
	return false
}
