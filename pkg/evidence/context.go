package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// KeyState tells what is known about a condition key of a request.
type KeyState uint8

// The states of a condition key. The zero value is KeyUnknown.
const (
	KeyUnknown KeyState = iota // the request may or may not have carried it
	KeyAbsent                  // the request did not carry it
	KeyPresent                 // the request carried these values
)

// String returns the state as a word.
func (s KeyState) String() string {
	switch s {
	case KeyPresent:
		return "present"
	case KeyAbsent:
		return "absent"
	default:
		return "unknown"
	}
}

// ContextKey is one condition key of a request context.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
type ContextKey struct {
	Name    string   // as AWS spells it; AWS compares names without regard to case
	State   KeyState //
	Values  []string // one or more if present
	Because string   // why the state is what it is, where that is not plain
}

// Context is what is known of a request's condition keys, in a fixed order. A
// key that is not listed is unknown.
type Context []ContextKey

// Lookup returns the key of that name; a key not listed is unknown.
func (c Context) Lookup(name string) ContextKey {
	for _, k := range c {
		if strings.EqualFold(k.Name, name) {
			return k
		}
	}
	return ContextKey{Name: name}
}

// Values are the values of a condition key as a case file writes them: a list, or
// a single string, number or boolean.
type Values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *Values) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		list = []json.RawMessage{b}
	} else if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("condition key value: %w", err)
	}
	out := make(Values, 0, len(list))
	for _, raw := range list {
		var one any
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&one); err != nil {
			return fmt.Errorf("condition key value: %w", err)
		}
		switch x := one.(type) {
		case string:
			out = append(out, x)
		case bool, json.Number:
			out = append(out, fmt.Sprint(x))
		default:
			return fmt.Errorf("condition key value %s is not a string, number or boolean", raw)
		}
	}
	*v = out
	return nil
}
