package excerpt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// node is a value of a statement. The order in which it was written is kept.
type node struct {
	kind  kind
	text  string // of a string, or a literal such as true
	names []string
	items []node
	// left is how many items of a list, or members of an object, are not shown.
	left int
	// mark says that its values are to be marked, markName its name.
	mark, markName bool
}

type kind uint8

const (
	literal kind = iota
	text
	list
	object
)

// deepest is how deep the values of a statement may lie. A condition has three levels.
const deepest = 8

var errNotJSON = errors.New("neither a JSON object nor a list")

// parse reads a statement, or several.
func parse(doc []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	n, err := read(d, 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || n.kind != object && n.kind != list {
		return node{}, errNotJSON
	}
	return n, nil
}

func read(d *json.Decoder, depth int) (node, error) {
	t, err := d.Token()
	if err != nil {
		return node{}, fmt.Errorf("reading a statement: %w", err)
	}
	switch t := t.(type) {
	case string:
		return node{kind: text, text: t}, nil
	case json.Delim:
		if depth == deepest {
			return node{}, errNotJSON
		}
		return readInside(d, t, depth)
	case nil:
		return node{text: "null"}, nil
	default:
		return node{text: fmt.Sprint(t)}, nil
	}
}

// readInside reads what stands between two brackets.
func readInside(d *json.Decoder, begin json.Delim, depth int) (node, error) {
	n := node{kind: list}
	if begin == '{' {
		n.kind = object
	}
	for d.More() {
		if n.kind == object {
			name, err := d.Token()
			if err != nil {
				return node{}, fmt.Errorf("reading a statement: %w", err)
			}
			n.names = append(n.names, fmt.Sprint(name))
		}
		item, err := read(d, depth+1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	if _, err := d.Token(); err != nil {
		return node{}, fmt.Errorf("reading a statement: %w", err)
	}
	return n, nil
}
