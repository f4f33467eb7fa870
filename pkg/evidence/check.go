package evidence

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// mistake finds the first mistake in the JSON of a value of type t, and says where
// it is. It refuses what encoding/json would pass over and a reader of the evidence
// would then misunderstand: a field that nobody knows and that is not a read, a
// field that must be there, a word that AWS does not use.
func mistake(raw json.RawMessage, t reflect.Type, at string) error {
	target := reflect.New(t)
	if r, ok := target.Interface().(interface {
		inside([]byte) ([]byte, reflect.Type)
	}); ok {
		return mistakeInRead(raw, target, r.inside, at)
	}
	var err error
	switch t.Kind() {
	case reflect.Struct:
		err = mistakeInStruct(raw, t, at)
	case reflect.Map:
		err = mistakeInMap(raw, t, at)
	case reflect.Slice:
		err = mistakeInList(raw, t, at)
	default:
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, target.Interface()); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if c, ok := target.Interface().(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

func mistakeInRead(raw json.RawMessage, target reflect.Value, inside func([]byte) ([]byte, reflect.Type), at string) error {
	if isNull(raw) {
		return fmt.Errorf("%s: null; what was not read is left out", at)
	}
	value, t := inside(raw)
	if value != nil && !isNull(value) {
		// First what is inside: that says more precisely where the mistake is.
		if err := mistake(value, t, at+".known"); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(raw, target.Interface()); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return nil
}

func mistakeInStruct(raw json.RawMessage, t reflect.Type, at string) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return nil // decoding it as a whole says so
	}
	known, reads := make(map[string]bool), false
	for f := range visible(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
		reads = reads || isRead(f.Type)
		value, there := fields[name]
		switch {
		case there && isNull(value) && !isRead(f.Type), !there && f.Tag.Get("required") == "":
		case !there:
			return fmt.Errorf("%s: no %q", at, name)
		default:
			if err := mistake(value, f.Type, at+"."+name); err != nil {
				return err
			}
		}
	}
	if !reads {
		return nil
	}
	// Fields may be added, so an unknown one is passed over; but where reads stand,
	// it is one.
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if known[name] {
			continue
		}
		var r Read[any]
		if err := json.Unmarshal(fields[name], &r); err != nil || isNull(fields[name]) {
			return fmt.Errorf("%s: %q is neither a known field nor a read", at, name)
		}
	}
	return nil
}

// visible returns the fields of a struct as JSON has them: those of an embedded
// struct are its own.
func visible(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !f.Anonymous && f.Tag.Get("json") != "" && !yield(f) {
				return
			}
		}
	}
}

func isRead(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(interface {
		inside([]byte) ([]byte, reflect.Type)
	})
	return ok
}

func mistakeInMap(raw json.RawMessage, t reflect.Type, at string) error {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if err := mistake(entries[name], t.Elem(), at+"["+name+"]"); err != nil {
			return err
		}
	}
	return nil
}

func mistakeInList(raw json.RawMessage, t reflect.Type, at string) error {
	var items []json.RawMessage
	if t == reflect.TypeFor[json.RawMessage]() || t == reflect.TypeFor[Values]() || json.Unmarshal(raw, &items) != nil {
		return nil
	}
	for i, value := range items {
		if err := mistake(value, t.Elem(), fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return err
		}
	}
	return nil
}

func matches(what, value, pattern string) error {
	if ok, err := regexp.MatchString(pattern, value); err != nil || !ok {
		return fmt.Errorf("%s is %q", what, value)
	}
	return nil
}

func oneOf(what, value string, words ...string) error {
	if !slices.Contains(words, value) {
		return fmt.Errorf("%s is %q, want one of %s", what, value, strings.Join(words, ", "))
	}
	return nil
}

func (e *Evidence) check() error {
	return cmp.Or(
		names("accounts", "an account id", e.Accounts, `^[0-9]{12}$`),
		names("objects", "bucket/key", e.Objects, `(?s)^[^/]+/.+`),
		names("keys", "a key ARN", e.Keys, `^arn:[^:]+:kms:[^:]*:[0-9]*:key/`),
		names("keyAliases", "an alias ARN", e.KeyAliases, `^arn:[^:]+:kms:[^:]*:[0-9]*:alias/`),
		names("vpcEndpoints", "an endpoint id", e.VPCEndpoints, `^vpce-`),
		names("accessPoints", "an access point ARN", e.AccessPoints, `^arn:[^:]+:s3[a-z-]*:[^:]*:[0-9]*:accesspoint/`),
	)
}

func names[T any](field, want string, entries map[string]T, pattern string) error {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if matches("", name, pattern) != nil {
			return fmt.Errorf("%s: %q is not %s", field, name, want)
		}
	}
	return nil
}

func (o *Organization) check() error {
	if err := matches("the organization's id", o.ID, `^o-`); err != nil || o.ManagementAccount == "" {
		return err
	}
	return matches("managementAccount", o.ManagementAccount, `^[0-9]{12}$`)
}

func (e *PathElement) check() error {
	return matches("the id of a root, organizational unit or account", e.ID, `^(r-|ou-|[0-9]{12}$)`)
}

func (p *Policy) check() error {
	if p.Kind == "" {
		return nil
	}
	return oneOf("kind", p.Kind, "inline", "managed", "group", "boundary", "session", "scp", "rcp")
}

func (b *Bucket) check() error {
	if account, ok := b.Account.Value(); ok {
		return matches("account", account, `^[0-9]{12}$`)
	}
	return nil
}

func (o *OwnershipControls) check() error {
	return oneOf("ObjectOwnership", o.ObjectOwnership, "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
}

func (p *RequestPayment) check() error { return oneOf("Payer", p.Payer, "Requester", "BucketOwner") }

func (v *Versioning) check() error {
	return cmp.Or(oneOf("Status", v.Status, "", "Enabled", "Suspended"), oneOf("MFADelete", v.MFADelete, "", "Enabled", "Disabled"))
}

func (o *ObjectLock) check() error {
	return oneOf("ObjectLockEnabled", o.ObjectLockEnabled, "", "Enabled")
}

func (a *ABAC) check() error { return oneOf("Status", a.Status, "Enabled", "Disabled") }

func (r *Retention) check() error { return oneOf("Mode", r.Mode, "GOVERNANCE", "COMPLIANCE") }

func (l *LegalHold) check() error { return oneOf("Status", l.Status, "ON", "OFF") }

func (g *ACLGrant) check() error {
	return oneOf("Permission", g.Permission, "FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")
}

func (g *Grantee) check() error {
	switch {
	case g.Type == "CanonicalUser" && g.ID == "":
		return errors.New("a CanonicalUser without ID")
	case g.Type == "Group" && g.URI == "":
		return errors.New("a Group without URI")
	}
	return oneOf("Type", g.Type, "CanonicalUser", "Group", "AmazonCustomerByEmail")
}

func (m *KeyMetadata) check() error { return oneOf("KeyManager", m.KeyManager, "", "AWS", "CUSTOMER") }
