package policy

import (
	"maps"
	"slices"
	"strings"
)

// State is what is known of a condition key.
type State uint8

// The states. The zero State is NotKnown.
const (
	NotKnown State = iota // the request may or may not have the key
	Absent                // the request does not have it
	Present               // the request has it, with these values
)

// String returns "unknown", "absent" or "present".
func (s State) String() string {
	switch s {
	case Absent:
		return "absent"
	case Present:
		return "present"
	default:
		return "unknown"
	}
}

// Value is a condition key of a request. A present key without values is an empty
// set, which counts as absent; the empty string is a value.
type Value struct {
	State  State
	Values []string
}

// missing reports whether the request is known to have no value for the key.
func (v Value) missing() bool {
	return v.State == Absent || v.State == Present && len(v.Values) == 0
}

// Context is the condition keys of a request. It must not be changed once
// evaluation has begun. The zero Context knows nothing.
type Context struct {
	values   map[string]Value
	complete bool
	source   Source
}

// Source knows condition keys that follow from something else than the request,
// such as the tags of the requester. It must always give the same answer.
type Source interface {
	// Key returns what is known of a key, whose name is in lower case. ok is false
	// where the request itself decides.
	Key(folded string) (v Value, ok bool)
}

// With returns a context that asks a source for each key, and then c. It shares
// the keys of c.
func (c *Context) With(s Source) Context {
	if c == nil {
		return Context{source: s}
	}
	return Context{values: c.values, complete: c.complete, source: s}
}

// NewContext returns an empty context. If complete is set, a key that is not in
// it is absent; otherwise it is unknown.
func NewContext(complete bool) *Context {
	return &Context{values: make(map[string]Value, 64), complete: complete}
}

// Clone returns a context that can be changed without changing c.
func (c *Context) Clone() *Context {
	if c == nil {
		return &Context{}
	}
	return &Context{values: maps.Clone(c.values), complete: c.complete, source: c.source}
}

// Set gives a key values. Key names are compared without regard to case, those of
// tags included.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
func (c *Context) Set(key string, values ...string) {
	c.put(key, Value{Present, slices.Clone(values)})
}

// SetAbsent says that the request does not have a key.
func (c *Context) SetAbsent(key string) { c.put(key, Value{State: Absent}) }

// Forget takes back what was said of keys.
func (c *Context) Forget(keys ...string) {
	for _, key := range keys {
		delete(c.values, strings.ToLower(key))
	}
}

// SetUnknown says that it is not known whether the request has a key.
func (c *Context) SetUnknown(key string) { c.put(key, Value{}) }

func (c *Context) put(key string, v Value) {
	if c.values == nil {
		c.values = make(map[string]Value)
	}
	c.values[strings.ToLower(key)] = v
}

// Given returns what the request itself says of a key, whose name is in lower case,
// and whether it says anything.
func (c *Context) Given(folded string) (v Value, ok bool) {
	if c == nil {
		return Value{}, false
	}
	v, ok = c.values[folded]
	return v, ok
}

// Lookup returns what is known of a key.
func (c *Context) Lookup(key string) Value { return c.lookup(strings.ToLower(key)) }

func (c *Context) lookup(folded string) Value {
	if c == nil {
		return Value{}
	}
	if c.source != nil {
		if v, ok := c.source.Key(folded); ok {
			return v
		}
	}
	if v, ok := c.values[folded]; ok {
		return v
	}
	if c.complete {
		return Value{State: Absent}
	}
	return Value{}
}
