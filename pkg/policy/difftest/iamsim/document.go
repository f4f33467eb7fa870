package iamsim

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Document is a policy, which may be written in every way that the grammar allows.
type Document struct {
	Version   string      `json:"Version,omitempty"`
	Statement []Statement `json:"Statement"`
}

// Statement is one statement of a policy.
type Statement struct {
	Effect       string                      `json:"Effect"`
	Principal    Principals                  `json:"Principal,omitempty"`
	NotPrincipal Principals                  `json:"NotPrincipal,omitempty"`
	Action       Value                       `json:"Action,omitzero"`
	NotAction    Value                       `json:"NotAction,omitzero"`
	Resource     Value                       `json:"Resource,omitzero"`
	NotResource  Value                       `json:"NotResource,omitzero"`
	Condition    map[string]map[string]Value `json:"Condition,omitempty"` // operator, key
}

// Everything is a statement that matches every request.
func Everything(effect string) Statement {
	return Statement{Effect: effect, Action: One("*"), Resource: One("*")}
}

// Principals are the values of a Principal element by kind. The kind "*" stands for
// the whole element being "*".
type Principals map[string]Value

// Everybody is the element "*".
func Everybody() Principals { return Principals{"*": List("*")} }

// MarshalJSON implements json.Marshaler.
func (p Principals) MarshalJSON() ([]byte, error) {
	if _, all := p["*"]; all {
		return []byte(`"*"`), nil
	}
	return json.Marshal(map[string]Value(p))
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Principals) UnmarshalJSON(b []byte) error {
	if string(b) == `"*"` {
		*p = Everybody()
		return nil
	}
	return Decode(b, (*map[string]Value)(p))
}

// Value is one value, bare, or a list of them. In a context the two are different
// keys: a list is a multivalued key, whose one value is in a list still.
type Value struct {
	Items []any // string, bool or json.Number
	Bare  bool
}

// One returns a bare value.
func One(item any) Value { return Value{[]any{item}, true} }

// List returns a list of values.
func List(items ...any) Value { return Value{Items: items} }

// IsZero leaves an absent element out.
func (v Value) IsZero() bool { return v.Items == nil && !v.Bare }

// MarshalJSON implements json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	var err error
	switch {
	case v.Bare && len(v.Items) == 1:
		err = e.Encode(v.Items[0])
	case v.Items == nil:
		err = e.Encode([]any{})
	default:
		err = e.Encode(v.Items)
	}
	return bytes.TrimSpace(b.Bytes()), err
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Value) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return Decode(b, &v.Items)
	}
	v.Items, v.Bare = make([]any, 1), true
	return Decode(b, &v.Items[0])
}

// Texts returns the values as a policy compares them.
func (v Value) Texts() []string {
	out := make([]string, len(v.Items))
	for i, item := range v.Items {
		out[i] = fmt.Sprint(item)
	}
	return out
}

// Decode keeps numbers as they are written.
func Decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// Encode writes v as it goes over the pipe and into messages.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // questions can all be encoded
	}
	return bytes.TrimSpace(b.Bytes())
}

// Clone returns a deep copy of a question.
func Clone[Q any](q *Q) *Q {
	c := new(Q)
	if err := Decode(Encode(q), c); err != nil {
		panic(err)
	}
	return c
}
