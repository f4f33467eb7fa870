package redact

import (
	"encoding/json"
	"strings"
)

// cases is the rule of a case file: docs/case.schema.json has its form.
func cases() *rule {
	return fields(map[string]*rule{
		"format":   {text: plain},
		"event":    records(),
		"request":  requests(),
		"context":  {key: conditionKey, text: opaque, field: ofKey},
		"evidence": evidences(),
	})
}

func requests() *rule {
	actions := &rule{text: action}
	principal := fields(map[string]*rule{"type": kinds(), "service": {text: closedValue}, "via": {text: closedValue}, "": names()})
	return fields(map[string]*rule{
		"principal": principal, "action": actions, "operation": {text: action1},
		"authorizations": fields(map[string]*rule{"action": actions, "": names()}),
		"document":       documents(), "errorCode": codes(), "errorMessage": sentences(), "": names(),
	})
}

// action1 keeps the name of an API call.
func action1(x *text, s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !ofWord(r) && r != '.' }) < 0 && ascii(s) {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

// read is the rule of something that is known, absent or unreadable.
func read(known *rule) *rule {
	return fields(map[string]*rule{"known": known, "absent": codes(), "unreadable": sentences(), "": known})
}

func evidences() *rule {
	list := fields(map[string]*rule{"kind": kinds(), "document": documents(), "unreadable": sentences(), "name": {text: policyName}, "": names()})
	level := fields(map[string]*rule{"scps": read(list), "rcps": read(list), "": names()})
	acl := fields(map[string]*rule{"Owner": names(), "Grants": fields(map[string]*rule{
		"Permission": fixed(), "Grantee": fields(map[string]*rule{"Type": fixed(), "": names()}), "": names(),
	}), "": names()})
	tags := read(pairs())
	version := map[string]*rule{
		"head": read(fields(map[string]*rule{"ServerSideEncryption": fixed(), "SSECustomerAlgorithm": fixed(), "StorageClass": fixed(), "": names()})),
		"acl":  read(acl), "retention": read(fixed()), "legalHold": read(fixed()), "tags": tags, "": read(names()),
	}
	object := map[string]*rule{"versions": every(fields(version))}
	for name, r := range version {
		object[name] = r
	}
	grants := fields(map[string]*rule{"Operations": fixed(), "Constraints": fields(map[string]*rule{"": pairs()}), "": names()})
	endpoint := fields(map[string]*rule{"VpcEndpointType": fixed(), "PolicyDocument": documents(), "": names()})
	return fields(map[string]*rule{
		"readAt":   {text: plain},
		"accounts": every(fields(map[string]*rule{"path": read(level), "": read(names())})),
		"principals": every(fields(map[string]*rule{
			"policies": read(list), "boundary": read(list), "tags": tags, "": read(names()),
		})),
		"sessions": every(read(fields(map[string]*rule{"policies": list, "tags": pairs(), "": names()}))),
		"buckets": every(fields(map[string]*rule{
			"region": read(fixed()), "policy": read(documents()), "ownershipControls": read(fixed()), "acl": read(acl), "requestPayment": read(fixed()),
			"encryption": read(fields(map[string]*rule{"SSEAlgorithm": fixed(), "BlockedEncryptionTypes": fixed(), "": names()})),
			"versioning": read(fixed()), "objectLock": read(fixed()), "tags": tags, "abac": read(fixed()), "": read(names()),
		})),
		"objects":       every(fields(object)),
		"keys":          every(fields(map[string]*rule{"metadata": read(fixed()), "policy": read(documents()), "tags": tags, "grants": read(grants), "": read(names())})),
		"keyAliases":    every(read(names())),
		"vpcEndpoints":  every(read(endpoint)),
		"accessPoints":  every(fields(map[string]*rule{"config": read(fields(map[string]*rule{"NetworkOrigin": fixed(), "": names()})), "policy": read(documents()), "": read(names())})),
		"distributions": read(names()),
		"changes":       fields(map[string]*rule{"time": {text: plain}, "event": {text: action1}, "": names()}),
		"":              names(),
	})
}

// policyName keeps the names of AWS's own policies.
func policyName(x *text, s string) string {
	if s == "FullAWSAccess" || s == "RCPFullAWSAccess" {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

// records is the rule of a CloudTrail record and of what wraps it.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func records() *rule {
	var r rule
	r = rule{key: word, text: wrapped, field: func(name string) *rule {
		switch {
		case name == "errorMessage":
			return sentences()
		case name == "bucketPolicy" || name == "policy" || name == "Policy":
			return documents()
		case name == "encryptionContext" || name == "tags":
			return pairs()
		case strings.HasPrefix(name, "x-amz-grant-"):
			return &rule{text: grantee}
		case name == "eventSource" || name == "invokedBy":
			return &rule{text: closedValue}
		case name == "userAgent":
			return &rule{text: userAgent}
		case name == "eventName":
			return &rule{text: action1}
		case plainField(name):
			return &rule{text: plain, key: word, field: func(inner string) *rule { return r.field(inner) }}
		}
		return nil
	}}
	return &r
}

// wrapped replaces a text that may be a document: a record in a message of SQS or SNS.
func wrapped(x *text, s string) string {
	if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") && json.Valid([]byte(s)) {
		if out, err := rewrite([]byte(s), records(), x); err == nil {
			return string(out)
		}
	}
	return opaque(x, s)
}
