package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// ParseCase reads a case file. It refuses a case of another version and one that
// has both or neither of an event and a request.
func ParseCase(doc []byte) (Case, error) {
	var c Case
	if err := json.Unmarshal(doc, &c); err != nil {
		return Case{}, fmt.Errorf("case: %w", err)
	}
	if c.Format != CaseFormat {
		return Case{}, fmt.Errorf("case: format is %q, this version reads %q", c.Format, CaseFormat)
	}
	hasEvent := len(c.Event) > 0 && !bytes.Equal(c.Event, []byte("null"))
	switch {
	case hasEvent && c.Request != nil:
		return Case{}, errors.New(`case: has both "event" and "request", want one of them`)
	case !hasEvent && c.Request == nil:
		return Case{}, errors.New(`case: has neither "event" nor "request"`)
	case c.Request != nil:
		if err := c.Request.check(); err != nil {
			return Case{}, fmt.Errorf("case: request: %w", err)
		}
	}
	return c, nil
}

func (r *Request) check() error {
	known := []PrincipalType{PrincipalUser, PrincipalRole, PrincipalRoot, PrincipalFederated,
		PrincipalAccount, PrincipalAnonymous, PrincipalService}
	if !slices.Contains(known, r.Principal.Type) {
		return fmt.Errorf("principal type is %q, want one of %v", r.Principal.Type, known)
	}
	if len(r.Authorizations) > 0 && (r.Action != "" || r.Resource != "") {
		return errors.New(`has both "authorizations" and "action" or "resource", want one of them`)
	}
	for i, a := range r.All() {
		if service, name, ok := strings.Cut(a.Action, ":"); !ok || service == "" || name == "" {
			return fmt.Errorf("authorization %d: action %q is not of the form service:Name", i, a.Action)
		}
		if a.Resource == "" {
			return fmt.Errorf("authorization %d: %s has no resource", i, a.Action)
		}
	}
	return nil
}
