package diagnosis

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/policy"
)

// edited is a policy document while it is changed: its statements as they are
// written.
type edited struct {
	Version    string            `json:"Version,omitempty"`
	ID         string            `json:"Id,omitempty"`
	Statements []json.RawMessage `json:"Statement"`
}

// edit reads a document; none is an empty one.
func edit(doc json.RawMessage) (edited, error) {
	if len(doc) == 0 {
		return edited{Version: policy.Version2012}, nil
	}
	var raw struct {
		Version, ID string
		Statement   json.RawMessage
	}
	if err := json.Unmarshal(doc, &raw); err != nil {
		return edited{}, fmt.Errorf("reading the policy: %w", err)
	}
	d := edited{Version: raw.Version, ID: raw.ID}
	if strings.HasPrefix(strings.TrimSpace(string(raw.Statement)), "[") {
		if err := json.Unmarshal(raw.Statement, &d.Statements); err != nil {
			return edited{}, fmt.Errorf("reading the policy: %w", err)
		}
	} else if raw.Statement != nil {
		d.Statements = []json.RawMessage{raw.Statement}
	}
	return d, nil
}

// with returns the document with a statement more.
func (d edited) with(statement json.RawMessage) (json.RawMessage, error) {
	if d.Version != policy.Version2012 && strings.Contains(string(statement), "${") {
		if slices.ContainsFunc(d.Statements, func(s json.RawMessage) bool { return strings.Contains(string(s), "${") }) {
			// There "${*}" is that text.
			return nil, errors.New(`the statement needs a policy with "Version": "2012-10-17", and another version would change what the policy's own statements mean`)
		}
		d.Version = policy.Version2012
	}
	d.Statements = append(slices.Clone(d.Statements), statement)
	return encode(d), nil
}

// replaced returns the document with another statement in the place of one.
func (d edited) replaced(i int, statement json.RawMessage) (json.RawMessage, error) {
	if i < 0 || i >= len(d.Statements) {
		return nil, fmt.Errorf("the policy has no statement %d", i)
	}
	d.Statements = slices.Clone(d.Statements)
	d.Statements[i] = statement
	return encode(d), nil
}

// tidy writes a statement in the usual order of its elements.
func tidy(statement any) (json.RawMessage, error) {
	p, err := policy.Parse(encode(map[string]any{"Version": policy.Version2012, "Statement": statement}))
	if err != nil {
		return nil, err
	}
	return p.Statements()[0].JSON(), nil
}

// spare returns a statement that denies, narrowed so that it spares a principal: by one
// more value of a condition on aws:PrincipalArn that it has, or by such a condition.
// All that it denies to others it goes on denying. A statement with NotPrincipal is
// not narrowed this way.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func spare(statement json.RawMessage, arn string) (json.RawMessage, error) {
	var s map[string]any
	if err := json.Unmarshal(statement, &s); err != nil {
		return nil, fmt.Errorf("reading the statement: %w", err)
	}
	if s["NotPrincipal"] != nil {
		return nil, errors.New("a statement with NotPrincipal has to be written anew, with a condition on aws:PrincipalArn")
	}
	conditions, _ := s["Condition"].(map[string]any)
	if conditions == nil {
		conditions = make(map[string]any)
	}
	for _, operator := range []string{"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"} {
		keys, _ := conditions[operator].(map[string]any)
		for key, values := range keys {
			if strings.EqualFold(key, "aws:PrincipalArn") {
				keys[key] = append(list(values), arn)
				s["Condition"] = conditions
				return tidy(s)
			}
		}
	}
	keys, _ := conditions["ArnNotEquals"].(map[string]any)
	if keys == nil {
		keys = make(map[string]any)
	}
	keys["aws:PrincipalArn"] = arn
	conditions["ArnNotEquals"] = keys
	s["Condition"] = conditions
	return tidy(s)
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return slices.Clone(l)
	}
	return []any{v}
}
