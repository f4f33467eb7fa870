package authz_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// object is JSON, before it is read as a case.
type object = map[string]any

func known(v any) object { return object{"known": v} }

func absent(code string) object { return object{"absent": code} }

const (
	keyARN    = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	bucketARN = "arn:aws:s3:::acme-data"
)

// world is a case as it is built from the fields of a testCase: everything was read,
// and everything allows, but for what the fields say.
type world struct {
	t        testing.TB
	whole    object
	request  object
	evidence object
	caller   callerWords
	key      string // of the object
}

// callerWords is the caller as a case writes it.
type callerWords struct {
	kind, name, account, session, id, accessKey, via string
	pathUnknown, noARN                               bool
}

func readCaller(t testing.TB, s, account string) callerWords {
	t.Helper()
	w := callerWords{account: account, session: "job", accessKey: "ASIAEXAMPLE", id: "AROAEXAMPLEEXAMPLE"}
	words := strings.Fields(s)
	w.kind = words[0]
	for i, word := range words[1:] {
		name, value, option := strings.Cut(word, "=")
		switch {
		case word == "pathunknown":
			w.pathUnknown = true
		case word == "noarn":
			w.noARN = true
		case i == 0 && !option:
			w.name = word
		case name == "of":
			w.account = value
		case name == "session":
			w.session = value
		case name == "id":
			w.id = value
		case name == "key":
			w.accessKey = value
		case name == "via":
			w.via = value
		default:
			t.Fatalf("caller: %q is not understood", word)
		}
	}
	if w.kind == "user" && !strings.Contains(s, " key=") {
		w.accessKey = "AKIAEXAMPLE"
	}
	if w.kind == "user" && !strings.Contains(s, " id=") {
		w.id = "AIDAEXAMPLEEXAMPLE"
	}
	return w
}

// arn returns the ARN of the principal whose policies count; of a federated user that
// is the user who asked.
func (w *callerWords) arn() string {
	switch w.kind {
	case "role":
		return "arn:aws:iam::" + w.account + ":role/" + w.name
	case "user":
		return "arn:aws:iam::" + w.account + ":user/" + w.name
	case "federated":
		return "arn:aws:iam::" + w.account + ":user/ann"
	case "root", "account":
		return "arn:aws:iam::" + w.account + ":root"
	}
	return ""
}

func (w *callerWords) principal() object {
	p := object{"type": w.kind, "account": w.account, "accessKeyId": w.accessKey}
	arn := w.arn()
	switch w.kind {
	case "role":
		p["id"], p["session"] = w.id, w.session
		if w.pathUnknown {
			p["pathUnknown"] = true
			arn = "arn:aws:iam::" + w.account + ":role/" + w.name[strings.LastIndex(w.name, "/")+1:]
		}
		p["arn"] = arn
	case "user":
		p["id"], p["arn"] = w.id, arn
	case "federated":
		p["arn"], p["session"], p["issuer"] = "arn:aws:sts::"+w.account+":federated-user/"+w.name, w.name, arn
	case "root":
		p["arn"] = arn
	case "account":
		delete(p, "accessKeyId")
	case "anonymous":
		return object{"type": "anonymous"}
	case "service":
		return object{"type": "service", "service": w.name}
	}
	if w.noARN {
		delete(p, "arn")
	}
	if w.via != "" {
		p["via"] = w.via
	}
	return p
}

// grantee is who the world's policies let in.
func (w *callerWords) grantee() any {
	switch w.kind {
	case "anonymous":
		return "*"
	case "service":
		return object{"Service": w.name}
	case "federated":
		return object{"AWS": "arn:aws:sts::" + w.account + ":federated-user/" + w.name}
	}
	return object{"AWS": w.arn()}
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

func build(t testing.TB, c *testCase) *world {
	account := "111111111111"
	if c.get("base") == "same" {
		account = "222222222222"
	}
	w := &world{t: t, caller: readCaller(t, or(c.get("caller"), "role team/app"), account), key: "home/report.csv", evidence: object{}}
	w.request = object{"principal": w.caller.principal(), "contextComplete": c.get("complete") != "no"}
	w.whole = object{"format": evidence.CaseFormat, "request": w.request, "evidence": w.evidence}
	w.evidence["readAt"] = "2026-11-23T10:01:00Z"
	w.accounts()
	w.principals()
	w.bucket(c)
	w.requestOf(c)
	w.apply(c)
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

func (w *world) bucket(c *testCase) {
	grant := any(absent("NoSuchBucketPolicy"))
	if c.get("base") != "same" {
		grant = known(object{"Version": "2012-10-17", "Statement": object{
			"Sid": "Grant", "Effect": "Allow", "Principal": w.caller.grantee(), "Action": "s3:*", "Resource": []any{bucketARN, bucketARN + "/*"},
		}})
	}
	at(w.evidence, "buckets")["acme-data"] = object{
		"account": known("222222222222"), "region": known("us-east-1"), "policy": grant,
		"policyStatus": known(object{"IsPublic": w.caller.kind == "anonymous" && c.get("base") != "same" && c.get("bucket") == ""}), "publicAccessBlock": absent("NoSuchPublicAccessBlockConfiguration"),
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

func (w *world) requestOf(c *testCase) {
	on := or(c.get("on"), w.key)
	resource := w.resource(on)
	if key, ok := strings.CutPrefix(resource, bucketARN+"/"); ok && key != w.key && key != "" {
		w.key = key
		at(w.evidence, "objects")["acme-data/"+key] = w.newObject()
	}
	owner := or(c.get("owner"), "222222222222")
	if owner == "unknown" {
		owner = ""
	}
	if p := c.get("point"); p != "" && p != "none" {
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
	list := []any{auth(or(c.get("do"), "s3:GetObject"), resource, owner)}
	for _, f := range c.fields {
		if f.name == "also" {
			action, resource, ok := strings.Cut(f.value, " on ")
			if !ok {
				w.t.Fatalf("also: %q", f.value)
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
	if op := c.get("operation"); op != "" {
		w.request["operation"] = op
	}
	context := at(w.whole, "context")
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

func (w *world) apply(c *testCase) {
	inline := 0
	for _, f := range c.fields {
		switch name, s := f.name, f.value; name {
		case "identity":
			inline++
			w.identity(inline, s)
		case "boundary":
			put(at(w.evidence, "principals", w.principalName()), "boundary", read(w.t, s, func(d any) any { return object{"name": "boundary", "document": d} }))
		case "session":
			put(at(w.evidence, "sessions"), w.caller.accessKey, read(w.t, s, func(d any) any {
				return object{"policies": []any{object{"name": "session policy", "document": d}}}
			}))
		case "bucket":
			put(at(w.evidence, "buckets", "acme-data"), "policy", read(w.t, s, plain))
		case "encrypted":
			w.encrypt(s)
		case "key":
			put(at(w.evidence, "keys", keyARN), "policy", read(w.t, s, plain))
		case "through":
			w.through(s)
		case "endpoint":
			w.endpoint(s)
		case "point policy":
			for _, p := range at(w.evidence, "accessPoints") {
				put(p.(object), "policy", read(w.t, s, plain))
			}
		case "set":
			w.set(s)
		case "unset":
			w.unset(s)
		case "condition key":
			w.condition(s)
		default:
			if kind, level, ok := strings.Cut(name, " "); ok && (kind == "scp" || kind == "rcp") {
				w.control(kind, level, s)
			}
		}
	}
}

func (w *world) principalName() string {
	if w.caller.noARN {
		return w.caller.id
	}
	return w.caller.arn()
}

func (w *world) identity(n int, s string) {
	p := at(w.evidence, "principals", w.principalName())
	if n == 1 {
		put(p, "policies", read(w.t, s, func(d any) any { return []any{object{"name": "inline", "document": d}} }))
		return
	}
	policies, ok := p["policies"].(object)["known"].([]any)
	if !ok {
		w.t.Fatal("a second identity beside one that is not known")
	}
	next := object{"name": fmt.Sprintf("inline %d", n)}
	if s == "unreadable" {
		next["unreadable"] = "AccessDenied: not authorized"
	} else {
		next["document"] = document(w.t, s)
	}
	p["policies"] = known(append(policies, next))
}

// control sets or adds an SCP or RCP at a level.
func (w *world) control(kind, level, s string) {
	account := "222222222222"
	if kind == "scp" {
		account = w.caller.account
	}
	level, adds := strings.CutSuffix(level, " +")
	i := slices.Index([]string{"root", "ou", "account"}, level)
	e := at(w.evidence, "accounts", account)["path"].(object)["known"].([]any)[i].(object)
	name := kind + "s"
	v := read(w.t, s, func(d any) any { return []any{object{"name": level, "document": d}} })
	if adds {
		if s == "unreadable" {
			v = known([]any{object{"name": level, "unreadable": "AccessDenied: not authorized"}})
		}
		v = known(append(slices.Clone(e[name].(object)["known"].([]any)), v.(object)["known"].([]any)...))
	}
	put(e, name, v)
}

func (w *world) encrypt(s string) {
	what, under, _ := strings.Cut(s, " ")
	at(w.evidence, "keys")[keyARN] = object{
		"metadata": known(object{"KeyState": "Enabled", "KeyManager": "CUSTOMER"}), "tags": absent("none"), "grants": known([]any{}),
		"policy": known(object{"Version": "2012-10-17", "Statement": []any{
			object{"Effect": "Allow", "Principal": object{"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"},
			object{"Effect": "Allow", "Principal": w.caller.grantee(), "Action": []any{"kms:Decrypt", "kms:GenerateDataKey"}, "Resource": "*"},
		}}),
	}
	if what == "object" || what == "both" {
		for _, o := range at(w.evidence, "objects") {
			o.(object)["head"] = known(object{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": keyARN, "BucketKeyEnabled": under == "bucketkey"})
		}
	}
	if what == "bucket" || what == "both" {
		at(w.evidence, "buckets", "acme-data")["encryption"] = known(object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keyARN, "BucketKeyEnabled": under == "bucketkey"})
	}
}

func (w *world) through(s string) {
	kind := map[string]string{"vpce": "Gateway", "interface": "Interface"}[s]
	if kind == "" {
		w.t.Fatalf("through: %q", s)
	}
	context := at(w.whole, "context")
	delete(context, "aws:SourceIp")
	context["aws:SourceVpce"], context["aws:VpcSourceIp"] = "vpce-0abc", "10.0.0.7"
	at(w.evidence, "vpcEndpoints")["vpce-0abc"] = known(object{
		"VpcEndpointType": kind, "VpcId": "vpc-1", "OwnerId": w.caller.account,
		"PolicyDocument": object{"Statement": []any{object{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}},
	})
}

func (w *world) endpoint(s string) {
	endpoints := at(w.evidence, "vpcEndpoints")
	switch s {
	case "unread":
		delete(endpoints, "vpce-0abc")
	case "unreadable", "none":
		endpoints["vpce-0abc"] = read(w.t, s, plain)
	default:
		endpoints["vpce-0abc"].(object)["known"].(object)["PolicyDocument"] = document(w.t, s)
	}
}

func (w *world) set(s string) {
	path, value, ok := strings.Cut(s, " = ")
	if !ok {
		w.t.Fatalf("set: %q", s)
	}
	var v any
	if err := json.Unmarshal([]byte(value), &v); err != nil {
		w.t.Fatalf("set: %s: %v", s, err)
	}
	o, last := w.walk(path)
	switch x := o.(type) {
	case object:
		x[last] = v
	case []any:
		x[index(w.t, last, len(x))] = v
	}
}

func (w *world) unset(s string) {
	o, last := w.walk(s)
	delete(o.(object), last)
}

// walk follows a path to the last name in it.
func (w *world) walk(path string) (o any, last string) {
	names := strings.Split(path, " > ")
	o = w.whole
	for _, name := range names[:len(names)-1] {
		switch x := o.(type) {
		case object:
			o = at(x, name)
			if list, ok := x[name].([]any); ok {
				o = list
			}
		case []any:
			o = x[index(w.t, name, len(x))]
		}
	}
	return o, names[len(names)-1]
}

func index(t testing.TB, s string, n int) int {
	var i int
	if _, err := fmt.Sscan(s, &i); err != nil || i < 0 || i >= n {
		t.Fatalf("%q is no place in a list of %d", s, n)
	}
	return i
}

// unknownKeys are conditions that a case file cannot write: it lists what is known.
func (w *world) condition(s string) {
	context := at(w.whole, "context")
	key, values, ok := strings.Cut(s+" ", " = ")
	switch {
	case ok && strings.TrimSpace(values) == "":
		context[key] = ""
	case ok:
		list := strings.Split(strings.TrimSpace(values), " | ")
		context[key] = list
	default:
		key, _, _ = strings.Cut(s, " is ")
		delete(context, key)
	}
}

// decide reads the case through the front door and decides it.
func (c *testCase) decide(t testing.TB) *authz.Decision {
	t.Helper()
	r, e := c.read(t)
	return authz.Decide(r, authz.Compile(e))
}

// text returns the case as a case file.
func (c *testCase) text(t testing.TB) []byte {
	t.Helper()
	w := build(t, c)
	if v := c.get("version"); v != "" {
		w.request["versionId"] = v
	}
	if doc := c.get("document"); doc != "" {
		w.request["document"] = document(t, doc)
	}
	text, err := json.Marshal(w.whole)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// read reads the case through the front door.
func (c *testCase) read(t testing.TB) (*authz.Request, evidence.Evidence) {
	t.Helper()
	text := c.text(t)
	parsed, err := evidence.ParseCase(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	r := requestOf(parsed)
	if where, ok := strings.CutPrefix(c.get("on"), "unknown"); ok {
		r.Authorizations[0].Resource, r.Bucket = "", or(strings.TrimPrefix(where, " in "), "acme-data")
	}
	for _, f := range c.fields {
		if f.name != "condition key" {
			continue
		}
		if key, ok := strings.CutSuffix(f.value, " is unknown"); ok {
			r.Context.SetUnknown(key)
		}
		if key, ok := strings.CutSuffix(f.value, " is absent"); ok {
			r.Context.SetAbsent(key)
		}
	}
	return r, parsed.Evidence
}

func requestOf(c evidence.Case) *authz.Request {
	ctx := policy.NewContext(c.Request.ContextComplete)
	for key, values := range c.Context {
		ctx.Set(key, values...)
	}
	return &authz.Request{Principal: c.Request.Principal, Operation: c.Request.Operation, Authorizations: c.Request.All(), Context: ctx, Document: c.Request.Document, VersionID: c.Request.VersionID}
}
