package redact

import (
	"encoding/json"
	"strings"
)

// fields is a rule whose fields have rules of their own; others have that of the name "".
func fields(of map[string]*rule) *rule {
	return &rule{field: func(name string) *rule {
		if r, ok := of[name]; ok {
			return r
		}
		return of[""]
	}, text: opaque, key: word}
}

// every is a rule whose fields all have the same rule, and names of the case's own.
func every(r *rule) *rule {
	return &rule{key: opaque, text: opaque, field: func(string) *rule { return r }}
}

// word keeps a name of a field that has the form of one.
func word(x *text, s string) string {
	if form8.MatchString(s) {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

func names() *rule { return &rule{text: opaque, key: word} }

// tags and encryption contexts: both sides are the case's own.
func pairs() *rule { return &rule{text: opaque, key: contextName} }

func contextName(x *text, s string) string {
	if strings.HasPrefix(s, "aws:") && form9.MatchString(s) {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

// fixed are values of AWS's own. What has not their form is replaced.
func fixed() *rule { return &rule{text: plain, key: word} }

func plain(x *text, s string) string {
	if enumerated(s) || isRegion(s) || isNumber(s) || isTime(s) ||
		form10.MatchString(s) {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

// kinds are the words of a case for what something is.
func kinds() *rule {
	return &rule{text: func(x *text, s string) string {
		if form11.MatchString(s) {
			x.own(s)
			return s
		}
		return opaque(x, s)
	}}
}

// codes are error codes, the reasons of what is absent.
func codes() *rule {
	return &rule{text: func(x *text, s string) string {
		if form12.MatchString(s) {
			x.own(s)
			return s
		}
		return prose(x, s)
	}}
}

func sentences() *rule { return &rule{text: prose} }

func isNumber(s string) bool { return form13.MatchString(s) }

func isTime(s string) bool {
	return form14.MatchString(s)
}

func action(x *text, s string) string {
	if s == "*" || form15.MatchString(s) {
		x.own(s)
		return s
	}
	return opaque(x, s)
}

// conditionKey keeps the name of a condition key, but for the names of tags, of parts of
// an encryption context and of identity providers.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func conditionKey(x *text, s string) string {
	m := form16
	if rest, ok := cutFold(s, "kms:EncryptionContext:"); ok {
		head := s[:len(s)-len(rest)]
		x.own(head)
		return head + contextName(x, rest)
	}
	f := m.FindStringSubmatch(s)
	if f == nil {
		return opaque(x, s)
	}
	x.own(f[1])
	return f[1] + words(x, f[2], x.word)
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// ofKey is the rule of the values of a condition key.
func ofKey(name string) *rule {
	switch {
	case closedKey(name):
		return &rule{text: closedValue}
	case strings.HasPrefix(strings.ToLower(name), "s3:x-amz-grant-"):
		return &rule{text: grantee}
	case strings.EqualFold(name, "aws:UserAgent"):
		return &rule{text: userAgent}
	}
	return &rule{text: opaque}
}

func closedValue(x *text, s string) string {
	if form17.MatchString(s) {
		x.own(s)
		return s
	}
	if enumerated(strings.Trim(s, "*")) || s == "*" {
		x.own(s)
		return s
	}
	return plain(x, s)
}

// grantee keeps the form of a header that grants: id="…", uri="…".
func grantee(x *text, s string) string {
	return words(x, s, func(w string) string {
		switch w {
		case "id", "uri", "emailAddress", "emailaddress":
			return w
		}
		return x.word(w)
	})
}

// documents is the rule of a policy document.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func documents() *rule {
	actions := &rule{text: action}
	principals := &rule{text: opaque, key: word, field: func(name string) *rule {
		if strings.EqualFold(name, "Service") {
			return &rule{text: closedValue}
		}
		return names()
	}}
	conditions := &rule{key: word, text: opaque, field: func(operator string) *rule {
		return &rule{key: conditionKey, text: opaque, field: func(key string) *rule { return underOperator(operator, key) }}
	}}
	statement := &rule{text: opaque, key: word, field: func(name string) *rule {
		switch strings.ToLower(name) {
		case "effect":
			return fixed()
		case "action", "notaction":
			return actions
		case "principal", "notprincipal":
			return principals
		case "condition":
			return conditions
		}
		return names()
	}}
	return &rule{key: word, text: func(x *text, s string) string {
		if strings.HasPrefix(strings.TrimSpace(s), "{") && json.Valid([]byte(s)) {
			if out, err := rewrite([]byte(s), documents(), x); err == nil {
				return string(out)
			}
		}
		return opaque(x, s)
	}, field: func(name string) *rule {
		switch strings.ToLower(name) {
		case "statement":
			return statement
		case "version":
			return fixed()
		}
		return names()
	}}
}

func underOperator(operator, key string) *rule {
	op := strings.ToLower(operator)
	for _, kind := range []string{"numeric", "date", "bool", "null"} {
		if _, rest, _ := strings.Cut(op, ":"); strings.HasPrefix(op, kind) || strings.HasPrefix(rest, kind) {
			return &rule{text: closedValue}
		}
	}
	return ofKey(key)
}
