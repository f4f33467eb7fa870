package authz_test

import (
	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

const (
	keyARN    = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	bucketARN = "arn:aws:s3:::acme-data"
)

// requestOf returns what S3 has to decide in a case file.
func requestOf(c evidence.Case) *authz.Request {
	ctx := policy.NewContext(c.Request.ContextComplete)
	for key, values := range c.Context {
		ctx.Set(key, values...)
	}
	return &authz.Request{Principal: c.Request.Principal, Operation: c.Request.Operation, Authorizations: c.Request.All(), Context: ctx,
		Document: c.Request.Document, VersionID: c.Request.VersionID}
}
