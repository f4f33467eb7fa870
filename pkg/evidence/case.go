package evidence

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// CaseFormat is the value of Case.Format.
const CaseFormat = "why403.case/v1"

// Case is one denial with everything known about it. Exactly one of Event and
// Request is set.
type Case struct {
	Format   string            `json:"format"`
	Event    json.RawMessage   `json:"event,omitempty"` // EventBridge event or CloudTrail record
	Request  *Request          `json:"request,omitempty"`
	Context  map[string]Values `json:"context,omitempty"` // request keys known beyond the event
	Evidence Evidence          `json:"evidence,omitzero"`
}

// IsCase reports whether a JSON document announces itself as a case of any
// version.
func IsCase(doc []byte) bool {
	var head struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(doc, &head) == nil && strings.HasPrefix(head.Format, "why403.case/")
}

// ParseCase reads a case file. It refuses a case of another version, one that has
// both or neither of an event and a request, and one whose request or evidence
// could be misunderstood; the error says where. Fields that a later version adds
// are passed over.
func ParseCase(doc []byte) (Case, error) {
	var head struct {
		Format   string          `json:"format"`
		Evidence json.RawMessage `json:"evidence"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return Case{}, fmt.Errorf("case: %w", err)
	}
	if head.Format != CaseFormat {
		return Case{}, fmt.Errorf("case: format is %q, this version reads %q", head.Format, CaseFormat)
	}
	if len(head.Evidence) > 0 {
		if err := mistake(head.Evidence, reflect.TypeFor[Evidence](), "evidence"); err != nil {
			return Case{}, fmt.Errorf("case: %w", err)
		}
	}
	var c Case
	if err := json.Unmarshal(doc, &c); err != nil {
		return Case{}, fmt.Errorf("case: %w", err)
	}
	if isNull(c.Event) {
		c.Event = nil
	}
	switch {
	case c.Event != nil && c.Request != nil:
		return Case{}, errors.New(`case: has both "event" and "request", want one of them`)
	case c.Event == nil && c.Request == nil:
		return Case{}, errors.New(`case: has neither "event" nor "request"`)
	case c.Event != nil && !bytes.HasPrefix(bytes.TrimSpace(c.Event), []byte("{")):
		return Case{}, errors.New("case: event: not a JSON object")
	case c.Request != nil:
		if err := c.Request.check(); err != nil {
			return Case{}, fmt.Errorf("case: request: %w", err)
		}
	}
	for name := range c.Context {
		if err := matches("case: context: a condition key, want a form like aws:SourceIp,", name, `(?s)^[A-Za-z0-9-]+:.+$`); err != nil {
			return Case{}, err
		}
	}
	return c, nil
}

func (r *Request) check() error {
	if err := r.Principal.check(); err != nil {
		return fmt.Errorf("principal: %w", err)
	}
	if len(r.Authorizations) > 0 && (r.Action != "" || r.Resource != "" || r.ResourceAccount != "") {
		return errors.New(`has both "authorizations" and "action" or "resource", want one of them`)
	}
	for i, a := range r.All() {
		at := ""
		if len(r.Authorizations) > 0 {
			at = fmt.Sprintf("authorizations[%d]: ", i)
		}
		err := cmp.Or(
			matches(at+"action, want a form like s3:GetObject,", a.Action, `^[A-Za-z0-9-]+:[A-Za-z0-9]+$`),
			matches(at+"resource, want an ARN or *,", a.Resource, `^(arn:|\*$)`),
			matches(at+"resourceAccount, want an account id,", a.Account, `^([0-9]{12})?$`),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p Principal) check() error {
	known := []string{string(PrincipalUser), string(PrincipalRole), string(PrincipalRoot), string(PrincipalFederated),
		string(PrincipalAccount), string(PrincipalAnonymous), string(PrincipalService)}
	if err := oneOf("type", string(p.Type), known...); err != nil {
		return err
	}
	if err := matches("arn", p.ARN, `^(arn:|$)`); err != nil {
		return err
	}
	switch p.Type {
	case PrincipalService:
		if p.Service == "" {
			return errors.New(`type "service" needs "service", such as cloudfront.amazonaws.com`)
		}
	case PrincipalUser, PrincipalRole, PrincipalFederated:
		if p.ARN == "" && p.ID == "" {
			return fmt.Errorf(`type %q needs "arn" or "id"`, p.Type)
		}
	case PrincipalRoot, PrincipalAccount:
		if p.ARN == "" && p.ID == "" && p.Account == "" {
			return fmt.Errorf(`type %q needs "account", "arn" or "id"`, p.Type)
		}
	case PrincipalAnonymous:
	}
	return nil
}
