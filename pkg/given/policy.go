package given

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"why403/pkg/policy"
)

// Policy is a document that was read, and the name that came with it, if one did.
type Policy struct {
	Name     string
	Document json.RawMessage
}

// Parse reads a policy: the document itself, or the answer of the AWS command line that
// has it, as JSON or as a string: get-bucket-policy, get-role-policy, get-policy-version,
// get-key-policy, describe-policy and describe-vpc-endpoints. It fails for what the policy
// language does not know.
func Parse(text []byte) (Policy, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if len(text) == 0 {
		return Policy{}, errors.New("empty")
	}
	p := Policy{Document: text}
	const depth = 4 // of answers within answers
	for range depth {
		name, inner, ok := unwrapped(p.Document)
		if !ok {
			break
		}
		p.Document = inner
		if name != "" {
			p.Name = name
		}
	}
	if _, err := policy.Parse(p.Document); err != nil {
		return Policy{}, fmt.Errorf("not a policy: %w", err)
	}
	return p, nil
}

// unwrapped returns what an answer of the AWS command line has in it.
func unwrapped(doc []byte) (name string, inner json.RawMessage, ok bool) {
	var text string
	if json.Unmarshal(doc, &text) == nil {
		return "", json.RawMessage(strings.TrimSpace(text)), true
	}
	var answer struct {
		Statement      json.RawMessage   `json:"Statement"`
		Policy         json.RawMessage   `json:"Policy"`
		PolicyName     string            `json:"PolicyName"`
		PolicyDocument json.RawMessage   `json:"PolicyDocument"`
		PolicyVersion  json.RawMessage   `json:"PolicyVersion"`
		Document       json.RawMessage   `json:"Document"`
		Content        json.RawMessage   `json:"Content"`
		VPCEndpoints   []json.RawMessage `json:"VpcEndpoints"`
		PolicySummary  struct {
			Name string `json:"Name"`
		} `json:"PolicySummary"`
	}
	if json.Unmarshal(doc, &answer) != nil || answer.Statement != nil {
		return "", nil, false
	}
	name = answer.PolicyName
	if name == "" {
		name = answer.PolicySummary.Name
	}
	for _, inner := range []json.RawMessage{answer.PolicyDocument, answer.Policy, answer.PolicyVersion, answer.Document, answer.Content} {
		if len(inner) > 0 && string(inner) != "null" {
			return name, inner, true
		}
	}
	if len(answer.VPCEndpoints) == 1 {
		return "", answer.VPCEndpoints[0], true
	}
	return "", nil, false
}
