package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/redact"
	"why403/pkg/trail"
)

func newAsk(o *options) *cobra.Command {
	var q question
	var isLive bool
	var f liveFlags
	cmd := &cobra.Command{
		Use:   "ask",
		Short: "Ask about a request without an event",
		Long: `Ask why a request is denied, without a CloudTrail event: from the principal, the
action, the resource, and the text of the 403 if you have it. What the text names
need not be said again. With --case the case is written instead of its diagnosis.
With --redact names, ids and addresses are replaced in what is written.
With --live the policies that can decide it are read from AWS: see capture.`,
		Example: `  why403 ask --principal arn:aws:iam::111111111111:role/app --action s3:GetObject \
    --resource arn:aws:s3:::acme-data/report.csv
  why403 ask --message "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: s3:ListBucket ..."`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := q.asCase()
			if err != nil {
				return usageError{err}
			}
			var diagnoser auditor.Diagnoser
			if isLive {
				var from *watched
				if diagnoser, from, err = o.live(cmd.Context(), &f, diagnosis.Options{}); err != nil {
					return err
				}
				from.found = func(found live.Found) { c.Evidence = found.Evidence }
			}
			if isLive && q.redact {
				// What is read comes with the diagnosis.
				if _, err = diagnoser.DiagnoseCase(cmd.Context(), c); err != nil {
					return err
				}
				diagnoser = auditor.Diagnoser{}
			}
			if q.redact {
				if c, _, err = redact.Case(c); err != nil {
					return err
				}
			}
			if q.writeCase && (!isLive || q.redact) {
				return o.writeJSON(c)
			}
			answer, err := diagnoser.DiagnoseCase(cmd.Context(), c)
			if err != nil {
				return err
			}
			if q.writeCase {
				return o.writeJSON(c)
			}
			return o.write("", answer.Diagnosis)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.principal, "principal", "", "who asks: the ARN of a user, role, role session or root, an AWS service, an account id, or anonymous")
	flags.StringVar(&q.action, "action", "", "the IAM action: s3:GetObject")
	flags.StringVar(&q.resource, "resource", "", "what it is asked for: an ARN, or s3://bucket/key")
	flags.StringVar(&q.account, "resource-account", "", "the account that owns the resource, if you know it")
	flags.StringVar(&q.message, "message", "", "the text of the 403, as AWS, its command line or an SDK shows it")
	flags.StringVar(&q.code, "error-code", "AccessDenied", "the error code of the 403")
	flags.BoolVar(&q.writeCase, "case", false, "write the case instead of diagnosing it")
	flags.BoolVar(&q.redact, "redact", false, "replace names, ids and addresses, so that it can be shown to others")
	flags.BoolVar(&isLive, "live", false, "read the evidence from AWS")
	f.add(cmd)
	return cmd
}

// question is what the flags of ask say.
type question struct {
	principal, action, resource, account, message, code string
	writeCase, redact                                   bool
}

func (q question) asCase() (evidence.Case, error) {
	message, code, operation := pasted(q.message)
	if code == "" {
		code = q.code
	}
	m := trail.ParseMessage(message)
	who, action, resource := q.principal, q.action, q.resource
	if who == "" {
		who = m.Principal
	}
	if action == "" {
		action = m.Action
	}
	if resource == "" {
		resource = m.Resource
	}
	if resource == "" && m.Action != "" {
		resource = "*"
	}
	var missing []string
	for _, f := range []struct{ flag, value string }{{"--principal", who}, {"--action", action}, {"--resource", resource}} {
		if f.value == "" {
			missing = append(missing, f.flag)
		}
	}
	if len(missing) > 0 {
		return evidence.Case{}, fmt.Errorf("ask: %s missing, and the message does not say it", strings.Join(missing, ", "))
	}
	p, err := trail.ParsePrincipal(who)
	if err != nil {
		return evidence.Case{}, fmt.Errorf("ask: --principal: %w", err)
	}
	if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || name == "" {
		return evidence.Case{}, fmt.Errorf("ask: --action is %q, want a form like s3:GetObject", action)
	}
	if path, ok := strings.CutPrefix(resource, "s3://"); ok {
		resource = "arn:aws:s3:::" + path
	}
	if resource != "*" && !strings.HasPrefix(resource, "arn:") {
		return evidence.Case{}, errors.New("ask: --resource is neither an ARN nor s3://bucket/key")
	}
	return evidence.Case{Format: evidence.CaseFormat, Request: &evidence.Request{
		Principal: p, Action: action, Resource: resource, ResourceAccount: q.account,
		Operation: operation, ErrorCode: code, ErrorMessage: message,
	}}, nil
}
