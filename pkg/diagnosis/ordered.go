package diagnosis

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// object is a JSON object with its members in the order in which they are written: a
// policy that is changed keeps the order that its owner gave it.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

func readObject(raw json.RawMessage) (object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("no JSON object")
	}
	var o object
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: t.(string)} // in an object it is one
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		o = append(o, m)
	}
	return o, nil
}

// find returns the place of a member, whose name is that of a policy element or a
// condition key: case does not count. It is -1 if there is none.
func (o object) find(name string) int {
	return slices.IndexFunc(o, func(m member) bool { return strings.EqualFold(m.name, name) })
}

func (o object) get(name string) json.RawMessage {
	if i := o.find(name); i >= 0 {
		return o[i].value
	}
	return nil
}

// with returns the object with another value of a member, in its place, or with a
// member more.
func (o object) with(name string, value json.RawMessage) object {
	o = slices.Clone(o)
	if i := o.find(name); i >= 0 {
		o[i].value = value
		return o
	}
	return append(o, member{name, value})
}

// without returns the object without a member.
func (o object) without(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return strings.EqualFold(m.name, name) })
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// appended returns a value, or a list of values, with one more.
func appended(values json.RawMessage, value any) (json.RawMessage, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(values, &list); err != nil {
		list = []json.RawMessage{values}
	}
	one, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return encode(append(list, one)), nil
}
