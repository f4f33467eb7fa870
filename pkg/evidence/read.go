package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// State tells what came of a read.
type State uint8

// The states of a Read. The zero value is StateNotRead.
const (
	StateNotRead    State = iota // nobody asked
	StateKnown                   // AWS answered with a value
	StateAbsent                  // AWS answered that there is none
	StateUnreadable              // AWS refused or failed to answer
)

// String returns the word that the case file uses for the state.
func (s State) String() string {
	switch s {
	case StateKnown:
		return "known"
	case StateAbsent:
		return "absent"
	case StateUnreadable:
		return "unreadable"
	default:
		return "not read"
	}
}

// Read is the outcome of one read from AWS. Its zero value was not read. A Read
// is immutable; T should be treated so too.
//
// In JSON it is one of {"known": VALUE}, {"absent": "NoSuchBucketPolicy"} and
// {"unreadable": "AccessDenied: …"}; a field left out was not read.
type Read[T any] struct {
	value  T
	reason string
	state  State
}

// Known returns the Read of a value that AWS gave.
func Known[T any](v T) Read[T] { return Read[T]{value: v, state: StateKnown} }

// Absent returns the Read of a thing that AWS says does not exist; code is
// AWS's word for it, such as NoSuchBucketPolicy.
func Absent[T any](code string) Read[T] { return Read[T]{reason: code, state: StateAbsent} }

// Unreadable returns the Read of a thing that AWS would not or could not show;
// why is the error in AWS's words.
func Unreadable[T any](why string) Read[T] { return Read[T]{reason: why, state: StateUnreadable} }

// State returns what came of the read.
func (r Read[T]) State() State { return r.state }

// Value returns the value, and whether it is known.
func (r Read[T]) Value() (T, bool) { return r.value, r.state == StateKnown }

// Reason returns AWS's code for an absent thing and its error for an unreadable
// one; otherwise it is empty.
func (r Read[T]) Reason() string { return r.reason }

// Unknown reports whether the value may exist without being known here: it was
// not read, or could not be.
func (r Read[T]) Unknown() bool { return r.state == StateNotRead || r.state == StateUnreadable }

// IsZero reports whether the thing was not read; encoding/json leaves it out.
func (r Read[T]) IsZero() bool { return r.state == StateNotRead }

// MarshalJSON implements json.Marshaler.
func (r Read[T]) MarshalJSON() ([]byte, error) {
	switch r.state {
	case StateKnown:
		return json.Marshal(map[string]T{"known": r.value})
	case StateAbsent, StateUnreadable:
		return json.Marshal(map[string]string{r.state.String(): r.reason})
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON implements json.Unmarshaler. It refuses anything but exactly one
// of the three forms, so that a misspelt state is never taken for "not read". A
// null is not read.
func (r *Read[T]) UnmarshalJSON(b []byte) error {
	*r = Read[T]{}
	if isNull(b) {
		return nil
	}
	var form map[string]json.RawMessage
	if err := json.Unmarshal(b, &form); err != nil {
		return errors.New(`want one of {"known": …}, {"absent": "…"}, {"unreadable": "…"}`)
	}
	if len(form) != 1 {
		return fmt.Errorf(`want exactly one of "known", "absent", "unreadable", got %d fields`, len(form))
	}
	for name, raw := range form {
		switch name {
		case "known":
			return r.readKnown(raw)
		case "absent", "unreadable":
			return r.readReason(name, raw)
		default:
			return fmt.Errorf(`want one of "known", "absent", "unreadable", got %q`, name)
		}
	}
	return nil
}

func (r *Read[T]) readKnown(raw json.RawMessage) error {
	if isNull(raw) {
		return errors.New(`"known" has no value`)
	}
	if err := json.Unmarshal(raw, &r.value); err != nil {
		return fmt.Errorf(`"known": %w`, err)
	}
	if _, document := any(r.value).(json.RawMessage); document {
		if err := checkDocument(raw); err != nil {
			return fmt.Errorf(`"known": %w`, err)
		}
	}
	r.state = StateKnown
	return nil
}

func (r *Read[T]) readReason(name string, raw json.RawMessage) error {
	if err := json.Unmarshal(raw, &r.reason); err != nil || isNull(raw) {
		return fmt.Errorf("%q: want a string", name)
	}
	r.state = StateAbsent
	if name == "unreadable" {
		r.state = StateUnreadable
		if r.reason == "" {
			return errors.New(`"unreadable" does not say why`)
		}
	}
	return nil
}

// inside returns the JSON of the value and its type, to find where in it a mistake
// is.
func (r *Read[T]) inside(raw []byte) (value []byte, t reflect.Type) {
	var form map[string]json.RawMessage
	if json.Unmarshal(raw, &form) != nil {
		return nil, nil
	}
	return form["known"], reflect.TypeFor[T]()
}

func isNull(b []byte) bool { return bytes.Equal(bytes.TrimSpace(b), []byte("null")) }

// checkDocument refuses a policy document that is not a JSON object, such as the
// string that AWS's API returns.
func checkDocument(raw json.RawMessage) error {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return errors.New("a policy document is a JSON object, not a string or list")
	}
	return nil
}
