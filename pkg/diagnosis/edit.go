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
// written, and what stands beside them.
type edited struct {
	top        object
	statements []json.RawMessage
	list       bool // the statements are written as a list, even where there is one
}

// edit reads a document; none is an empty one.
func edit(doc json.RawMessage) (edited, error) {
	d := edited{list: true}
	if len(doc) == 0 {
		d.top = object{{"Version", encode(policy.Version2012)}}
		return d, nil
	}
	var err error
	if d.top, err = readObject(doc); err != nil {
		return edited{}, fmt.Errorf("reading the policy: %w", err)
	}
	raw := d.top.get("Statement")
	if d.list = strings.HasPrefix(strings.TrimSpace(string(raw)), "["); d.list {
		if err := json.Unmarshal(raw, &d.statements); err != nil {
			return edited{}, fmt.Errorf("reading the policy: %w", err)
		}
	} else if raw != nil {
		d.statements = []json.RawMessage{raw}
	}
	return d, nil
}

// document writes the document.
func (d edited) document() json.RawMessage {
	if !d.list && len(d.statements) == 1 {
		return encode(d.top.with("Statement", d.statements[0]))
	}
	return encode(d.top.with("Statement", encode(d.statements)))
}

func (d edited) version() string {
	var v string
	if json.Unmarshal(d.top.get("Version"), &v) != nil {
		return ""
	}
	return v
}

// with returns the document with a statement more.
func (d edited) with(statement json.RawMessage) (json.RawMessage, error) {
	if d.version() != policy.Version2012 && strings.Contains(string(statement), "${") {
		if slices.ContainsFunc(d.statements, func(s json.RawMessage) bool { return strings.Contains(string(s), "${") }) {
			// There "${*}" is that text.
			return nil, errors.New(`the statement needs a policy with "Version": "2012-10-17", and another version would change what the policy's own statements mean`)
		}
		version := member{"Version", encode(policy.Version2012)}
		d.top = append(object{version}, d.top.without("Version")...)
	}
	d.statements = append(slices.Clone(d.statements), statement)
	return d.document(), nil
}

// statement returns a statement as it is written.
func (d edited) statement(i int) (json.RawMessage, error) {
	if i < 0 || i >= len(d.statements) {
		return nil, fmt.Errorf("the policy has no statement %d", i)
	}
	return d.statements[i], nil
}

// replaced returns the document with other statements in the place of one.
func (d edited) replaced(i int, statements ...json.RawMessage) (json.RawMessage, error) {
	if _, err := d.statement(i); err != nil {
		return nil, err
	}
	if d.version() != policy.Version2012 && slices.ContainsFunc(statements, func(s json.RawMessage) bool { return strings.Contains(string(s), "${") }) {
		return nil, errors.New(`the statement needs a policy with "Version": "2012-10-17"`)
	}
	d.statements = slices.Replace(slices.Clone(d.statements), i, i+1, statements...)
	return d.document(), nil
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
	s, err := readObject(statement)
	if err != nil {
		return nil, fmt.Errorf("reading the statement: %w", err)
	}
	if s.find("NotPrincipal") >= 0 {
		return nil, errors.New("a statement with NotPrincipal has to be written anew, with a condition on aws:PrincipalArn")
	}
	for _, operator := range sparing() {
		values, ok, err := condition(s, operator, "aws:PrincipalArn")
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if values, err = appended(values, arn); err != nil {
			return nil, fmt.Errorf("writing the condition: %w", err)
		}
		return withCondition(s, operator, "aws:PrincipalArn", values)
	}
	return withCondition(s, "ArnNotEquals", "aws:PrincipalArn", encode(arn))
}

// sparing are the operators by which a statement that denies spares principals.
func sparing() []string {
	return []string{"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"}
}

// condition returns the values of a condition of a statement.
func condition(s object, operator, key string) (values json.RawMessage, ok bool, err error) {
	conditions, err := block(s, operator)
	if err != nil {
		return nil, false, err
	}
	i := conditions.find(key)
	if i < 0 {
		return nil, false, nil
	}
	return conditions[i].value, true, nil
}

// block returns the conditions of a statement by one operator.
func block(s object, operator string) (object, error) {
	all, err := readObject(orEmpty(s.get("Condition")))
	if err != nil {
		return nil, fmt.Errorf("reading the conditions: %w", err)
	}
	of, err := readObject(orEmpty(all.get(operator)))
	if err != nil {
		return nil, fmt.Errorf("reading the conditions: %w", err)
	}
	return of, nil
}

// withCondition returns the statement with these values of a condition; what it has
// besides keeps its place.
func withCondition(s object, operator, key string, values json.RawMessage) (json.RawMessage, error) {
	of, err := block(s, operator)
	if err != nil {
		return nil, err
	}
	all, err := readObject(orEmpty(s.get("Condition")))
	if err != nil {
		return nil, fmt.Errorf("reading the conditions: %w", err)
	}
	return encode(s.with("Condition", encode(all.with(operator, encode(of.with(key, values)))))), nil
}

func orEmpty(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("{}")
	}
	return raw
}
