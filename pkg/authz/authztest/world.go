// Package authztest reads cases in the compact form of the tests, and builds what is
// known in each from a world in which everything was read and everything allows.
// ../testdata/cases/README.md describes the form.
package authztest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"why403/pkg/evidence"
)

// object is JSON, before it is read as a case.
type object = map[string]any

func known(v any) object { return object{"known": v} }

func absent(code string) object { return object{"absent": code} }

const (
	keyARN    = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	bucketARN = "arn:aws:s3:::acme-data"
)

// world is a case as it is built from the fields of a Case: everything was read,
// and everything allows, but for what the fields say.
type world struct {
	t        testing.TB
	file     object
	request  object
	evidence object
	caller   callerWords
	key      string // of the object
}

func statement(effect, action, resource string) object {
	return object{"Effect": effect, "Action": action, "Resource": resource}
}

// document reads S: a statement, a list of them, or a document.
func document(t testing.TB, s string) object {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	if o, ok := v.(object); ok && o["Statement"] != nil {
		return o
	}
	return object{"Version": "2012-10-17", "Statement": v}
}

// read reads S where it stands for a read.
func read(t testing.TB, s string, of func(document any) any) any {
	t.Helper()
	switch s {
	case "none":
		return absent("NoSuchEntity")
	case "unreadable":
		return object{"unreadable": "AccessDenied: not authorized"}
	case "unread":
		return nil
	}
	return known(of(document(t, s)))
}

func plain(v any) any { return v }

func put(o object, name string, v any) {
	if v == nil {
		delete(o, name)
		return
	}
	o[name] = v
}

// at returns the object at a path, made where it is not there.
func at(o object, path ...string) object {
	for _, name := range path {
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		o = next
	}
	return o
}

func build(t testing.TB, c *Case) *world {
	account := "111111111111"
	if c.Get("base") == "same" {
		account = "222222222222"
	}
	w := &world{t: t, caller: readCaller(t, or(c.Get("caller"), "role team/app"), account), key: "home/report.csv", evidence: object{}}
	w.request = object{"principal": w.caller.principal(), "contextComplete": c.Get("complete") != "no"}
	w.file = object{"format": evidence.CaseFormat, "request": w.request, "evidence": w.evidence}
	w.evidence["readAt"] = "2026-11-23T10:01:00Z"
	w.accounts()
	w.principals()
	w.bucket(c)
	w.requestOf(c)
	w.apply(c)
	if v := c.Get("version"); v != "" {
		w.request["versionId"] = v
	}
	if doc := c.Get("document"); doc != "" {
		w.request["document"] = document(t, doc)
	}
	return w
}

func (w *world) accounts() {
	full := func(name string) object { return known([]any{object{"name": name}}) }
	for i, id := range []string{"111111111111", "222222222222", "333333333333"} {
		level := func(id string) object {
			return object{"id": id, "scps": full("FullAWSAccess"), "rcps": full("RCPFullAWSAccess")}
		}
		at(w.evidence, "accounts")[id] = object{
			"canonicalId": known(fmt.Sprintf("canonical%d", i+1)), "publicAccessBlock": absent("NoSuchPublicAccessBlockConfiguration"),
			"organizationPublicAccessBlock": absent("none"),
			"organization":                  known(object{"id": "o-example1", "managementAccount": "999999999999"}),
			"path":                          known([]any{level("r-root"), level("ou-root-dev"), level(id)}),
		}
	}
}

func (w *world) principals() {
	if w.caller.arn() == "" || w.caller.kind == "root" || w.caller.kind == "account" {
		return
	}
	name := w.caller.arn()
	if w.caller.noARN {
		name = w.caller.id
	}
	at(w.evidence, "principals")[name] = object{
		"id": known(w.caller.id),
		"policies": known([]any{object{"name": "inline", "document": object{"Version": "2012-10-17", "Statement": object{
			"Effect": "Allow", "Action": []any{"s3:*", "s3express:*", "kms:*"}, "Resource": "*",
		}}}}),
		"boundary": absent("none"), "tags": absent("none"),
	}
	if w.caller.kind != "user" {
		at(w.evidence, "sessions")[w.caller.accessKey] = absent("none")
	}
	if w.caller.kind == "federated" {
		at(w.evidence, "sessions")[w.caller.accessKey] = known(object{"policies": []any{object{"name": "session policy", "document": object{
			"Version": "2012-10-17", "Statement": statement("Allow", "*", "*"),
		}}}})
	}
}

func (w *world) bucket(c *Case) {
	grant := any(absent("NoSuchBucketPolicy"))
	if c.Get("base") != "same" {
		grant = known(object{"Version": "2012-10-17", "Statement": object{
			"Sid": "Grant", "Effect": "Allow", "Principal": w.caller.grantee(), "Action": "s3:*", "Resource": []any{bucketARN, bucketARN + "/*"},
		}})
	}
	at(w.evidence, "buckets")["acme-data"] = object{
		"account": known("222222222222"), "region": known("us-east-1"), "policy": grant,
		"policyStatus": known(object{"IsPublic": w.caller.kind == "anonymous" && c.Get("base") != "same" && c.Get("bucket") == ""}), "publicAccessBlock": absent("NoSuchPublicAccessBlockConfiguration"),
		"ownershipControls": known(object{"ObjectOwnership": "BucketOwnerEnforced"}),
		"acl":               known(object{"Owner": object{"ID": "canonical2"}, "Grants": []any{object{"Grantee": object{"Type": "CanonicalUser", "ID": "canonical2"}, "Permission": "FULL_CONTROL"}}}),
		"requestPayment":    known(object{"Payer": "BucketOwner"}), "encryption": known(object{"SSEAlgorithm": "AES256"}),
		"versioning": known(object{}), "objectLock": absent("ObjectLockConfigurationNotFoundError"), "tags": absent("NoSuchTagSet"),
		"abac": known(object{"Status": "Disabled"}),
	}
	at(w.evidence, "objects")["acme-data/"+w.key] = w.newObject()
}

func (w *world) newObject() object {
	return object{
		"head": known(object{"ServerSideEncryption": "AES256"}), "owner": known("canonical2"),
		"acl":       known(object{"Owner": object{"ID": "canonical2"}, "Grants": []any{object{"Grantee": object{"Type": "CanonicalUser", "ID": "canonical2"}, "Permission": "FULL_CONTROL"}}}),
		"retention": absent("NoSuchObjectLockConfiguration"), "legalHold": absent("NoSuchObjectLockConfiguration"), "tags": absent("none"),
	}
}

// resource writes the resource of a case out.
func (w *world) resource(s string) string {
	switch {
	case s == "bucket":
		return bucketARN
	case s == "*" || strings.HasPrefix(s, "arn:"):
		return s
	}
	return bucketARN + "/" + s
}

func (w *world) requestOf(c *Case) {
	on := or(c.Get("on"), w.key)
	resource := w.resource(on)
	if key, ok := strings.CutPrefix(resource, bucketARN+"/"); ok && key != w.key && key != "" {
		w.key = key
		at(w.evidence, "objects")["acme-data/"+key] = w.newObject()
	}
	owner := or(c.Get("owner"), "222222222222")
	if owner == "unknown" {
		owner = ""
	}
	if p := c.Get("point"); p != "" && p != "none" {
		resource = w.point(p, on)
		owner = ""
	}
	if a := strings.Split(resource, ":"); len(a) > 4 && a[4] != "" {
		owner = a[4]
	}
	if resource == "*" {
		owner = w.caller.account
	}
	auth := func(action, resource, owner string) object {
		o := object{"action": action, "resource": resource}
		if owner != "" {
			o["resourceAccount"] = owner
		}
		return o
	}
	list := []any{auth(or(c.Get("do"), "s3:GetObject"), resource, owner)}
	for _, f := range c.Fields {
		if f.Name == "also" {
			action, resource, ok := strings.Cut(f.Value, " on ")
			if !ok {
				w.t.Fatalf("also: %q", f.Value)
			}
			also := w.resource(resource)
			o := owner
			if a := strings.Split(also, ":"); len(a) > 4 && a[4] != "" {
				o = a[4]
			}
			list = append(list, auth(action, also, o))
		}
	}
	w.request["authorizations"] = list
	if op := c.Get("operation"); op != "" {
		w.request["operation"] = op
	}
	context := at(w.file, "context")
	if w.caller.kind != "service" {
		context["aws:SourceIp"], context["aws:SecureTransport"], context["s3:TlsVersion"] = "203.0.113.7", "true", "1.3"
	}
	context["aws:CurrentTime"], context["aws:RequestedRegion"] = "2026-11-23T10:00:00Z", "us-east-1"
}

// point sends the request through an access point, and returns its resource.
func (w *world) point(whose, on string) string {
	owner := "222222222222"
	switch whose {
	case "own":
	case "foreign":
		owner = "333333333333"
	default:
		w.t.Fatalf("point: %q", whose)
	}
	arn := "arn:aws:s3:us-east-1:" + owner + ":accesspoint/finance"
	at(w.evidence, "accessPoints")[arn] = object{
		"config": known(object{"Bucket": "acme-data", "BucketAccountId": "222222222222", "NetworkOrigin": "Internet"}),
		"policy": known(object{"Version": "2012-10-17", "Statement": object{
			"Effect": "Allow", "Principal": w.caller.grantee(), "Action": "s3:*", "Resource": []any{arn, arn + "/object/*"},
		}}),
	}
	at(w.evidence, "buckets", "acme-data")["policy"] = known(object{"Version": "2012-10-17", "Statement": object{
		"Sid": "Delegate", "Effect": "Allow", "Principal": object{"AWS": "*"}, "Action": "s3:*", "Resource": []any{bucketARN, bucketARN + "/*"},
		"Condition": object{"StringEquals": object{"s3:DataAccessPointAccount": owner}},
	}})
	if on == "bucket" {
		return arn
	}
	return arn + "/object/" + on
}
