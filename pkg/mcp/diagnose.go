package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// DiagnoseInput is what diagnose_denial takes.
type DiagnoseInput struct {
	Event     any    `json:"event,omitempty" jsonschema:"a CloudTrail record, or an EventBridge event that holds one, as a JSON object"`
	Case      any    `json:"case,omitempty" jsonschema:"a why403 case as a JSON object"`
	FindingID string `json:"finding_id,omitempty" jsonschema:"the id of a finding, whose stored case is diagnosed"`
}

func (s *server) diagnose(ctx context.Context, req *sdk.CallToolRequest, in DiagnoseInput) (Answer, string, any, error) {
	event, err := document(req, "event", in.Event)
	if err != nil {
		return Answer{}, "", nil, err
	}
	c, err := document(req, "case", in.Case)
	if err != nil {
		return Answer{}, "", nil, err
	}
	given := 0
	for _, is := range []bool{event != nil, c != nil, in.FindingID != ""} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return Answer{}, "", nil, adviceError{"give exactly one of event, case and finding_id", nil}
	case in.FindingID != "":
		return s.diagnoseFinding(ctx, in.FindingID)
	case c != nil && !evidence.IsCase(c):
		return Answer{}, "", nil, adviceError{`this is no case: a case has "format": "why403.case/v1"; give a CloudTrail record as event`, nil}
	case event == nil:
		event = c
	}
	got, err := s.o.Diagnoser.Diagnose(ctx, event)
	if err != nil {
		return Answer{}, "", nil, adviceError{"this could not be read: give one CloudTrail record, an EventBridge event that holds one, or a case", err}
	}
	return whole(answerOf(got.Diagnosis))
}

// whole is an answer with its text, and what is foreign in it.
func whole(a Answer) (Answer, string, any, error) { return a, a.text(), a.Untrusted, nil }

func (s *server) diagnoseFinding(ctx context.Context, id string) (Answer, string, any, error) {
	f, c, err := s.finding(ctx, id)
	if err != nil {
		return Answer{}, "", nil, err
	}
	if c == nil {
		if f.Diagnosis.Outcome == "" {
			return Answer{}, "", nil, adviceError{"the diagnosis of this finding is not kept any more: give its event", nil}
		}
		return whole(answerOf(f.Diagnosis))
	}
	got, err := s.o.Diagnoser.Diagnose(ctx, c)
	if err != nil {
		return Answer{}, "", nil, adviceError{"the stored case of this finding could not be read: give its event", err}
	}
	return whole(answerOf(got.Diagnosis))
}

// finding reads a finding and, if it is kept, its case.
func (s *server) finding(ctx context.Context, id string) (f finding.Finding, c []byte, err error) {
	err = s.read(ctx, func(from Findings) (err error) {
		if f, err = from.Get(ctx, id); err != nil {
			return err
		}
		c, err = from.Case(ctx, f.ID)
		if errors.Is(err, finding.ErrNoCase) {
			return nil
		}
		return err
	})
	return f, c, err
}

// read opens the findings, and words what went wrong.
func (s *server) read(ctx context.Context, do func(Findings) error) error {
	err := s.o.Findings(ctx, do)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, finding.ErrNotFound):
		return adviceError{"there is no such finding: list_findings has their ids", nil}
	}
	return adviceError{"the findings could not be read: tell the person who runs this server", err}
}

// document returns a JSON argument as it was given: an object, or a text that is one.
func document(req *sdk.CallToolRequest, name string, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, nil
		}
		return []byte(v), nil
	case map[string]any:
		// Not through v, in which large numbers are others.
		var all map[string]json.RawMessage
		if err := json.Unmarshal(req.Params.Arguments, &all); err != nil || all[name] == nil {
			return nil, adviceError{name + " could not be read: give a JSON object", err}
		}
		return all[name], nil
	}
	return nil, adviceError{name + " is neither a JSON object nor a text that is one", nil}
}

// AccessInput is what check_access takes.
type AccessInput struct {
	Principal       string `json:"principal" jsonschema:"who asks: the ARN of a user, role, role session or root, an AWS service, an account id, or anonymous"`
	Action          string `json:"action" jsonschema:"the IAM action, such as s3:GetObject"`
	Resource        string `json:"resource" jsonschema:"an ARN, or s3://bucket/key"`
	ResourceAccount string `json:"resource_account,omitempty" jsonschema:"the account that owns the resource, if it is known"`
	Case            any    `json:"case,omitempty" jsonschema:"a why403 case as a JSON object: its evidence decides"`
	FindingID       string `json:"finding_id,omitempty" jsonschema:"a finding, the evidence of whose stored case decides"`
}

// Access is what check_access answers.
type Access struct {
	Allowed string `json:"allowed" jsonschema:"yes: every check passes; no: at least one blocks; unknown: evidence is missing"`
	Answer
}

func (s *server) checkAccess(ctx context.Context, req *sdk.CallToolRequest, in AccessInput) (Access, string, any, error) {
	question, err := in.question()
	if err != nil {
		return Access{}, "", nil, err
	}
	doc, err := document(req, "case", in.Case)
	if err != nil {
		return Access{}, "", nil, err
	}
	switch {
	case doc != nil && in.FindingID != "":
		return Access{}, "", nil, adviceError{"give case or finding_id, not both", nil}
	case in.FindingID != "":
		if _, doc, err = s.finding(ctx, in.FindingID); err != nil {
			return Access{}, "", nil, err
		}
		if doc == nil {
			return Access{}, "", nil, adviceError{"no case is kept of this finding, and so no evidence: give a case", nil}
		}
	}
	if doc != nil {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return Access{}, "", nil, adviceError{`this case could not be read: it needs "format": "why403.case/v1"`, err}
		}
		question.Evidence = c.Evidence
	}
	got, err := s.o.Diagnoser.DiagnoseCase(ctx, question)
	if err != nil {
		return Access{}, "", nil, adviceError{"this question could not be decided: look at principal, action and resource", err}
	}
	a := Access{allowed(got.Diagnosis), answerOf(got.Diagnosis)}
	return a, "Allowed: " + a.Allowed + ".\n" + a.text(), a.Untrusted, nil
}

// allowed says it in a word. A question is answered as if S3 had refused, so that only a
// check that is known to block counts as no: what is likely by elimination does not.
func allowed(x diagnosis.Diagnosis) string {
	switch {
	case slices.ContainsFunc(x.Checks, func(c diagnosis.Check) bool { return c.Blocks == "yes" }):
		return "no"
	case x.Outcome == diagnosis.Unexplained:
		return "yes"
	}
	return "unknown"
}

func (in AccessInput) question() (evidence.Case, error) {
	p, err := trail.ParsePrincipal(in.Principal)
	if err != nil {
		return evidence.Case{}, adviceError{"principal: want the ARN of a user, role, role session or root, an AWS service, an account id, or anonymous", err}
	}
	if service, name, ok := strings.Cut(in.Action, ":"); !ok || service == "" || name == "" {
		return evidence.Case{}, adviceError{"action: want a form like s3:GetObject", nil}
	}
	resource := in.Resource
	if path, ok := strings.CutPrefix(resource, "s3://"); ok {
		resource = "arn:aws:s3:::" + path
	}
	if !strings.HasPrefix(resource, "arn:") {
		return evidence.Case{}, adviceError{"resource: want an ARN, or s3://bucket/key", nil}
	}
	return evidence.Case{Format: evidence.CaseFormat, Request: &evidence.Request{
		Principal: p, Action: in.Action, Resource: resource, ResourceAccount: in.ResourceAccount, ErrorCode: "AccessDenied",
	}}, nil
}
