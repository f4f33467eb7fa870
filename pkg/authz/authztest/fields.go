package authztest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func (w *world) apply(c *Case) {
	inline := 0
	for _, f := range c.Fields {
		switch name, s := f.Name, f.Value; name {
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
		case conditionKey:
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
	context := at(w.file, "context")
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
	o = w.file
	for _, name := range names[:len(names)-1] {
		switch x := o.(type) {
		case object:
			if list, ok := x[name].([]any); ok {
				o = list
			} else {
				o = at(x, name)
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

// condition sets a condition key; one that is said to be absent or unknown is not
// listed.
func (w *world) condition(s string) {
	context := at(w.file, "context")
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
