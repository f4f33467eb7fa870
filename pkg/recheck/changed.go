package recheck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/history"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// changed says in a few words what has changed since a request was refused, so that it
// would be allowed now. It is empty if nothing is known to have: then it would have been
// allowed by what is known when it was refused, and what refuses it is something else.
//
// Session says that nobody knows with which policy the session was issued. That policy may
// be what refused the request, unless something else is known to have.
func (r *Rechecker) changed(ctx context.Context, f finding.Finding, was stored, question *authz.Request, now *authz.Evidence, session bool) (string, error) {
	then := authz.Decide(question, authz.Compile(was.record.Evidence))
	b := f.InBrief()
	confirmed := b.Outcome == diagnosis.Explained && b.Confidence == diagnosis.Confirmed && b.Cause != diagnosis.SessionPolicy
	if session && then.Allowed != policy.No && !confirmed {
		return "", nil
	}
	why, err := r.reason(ctx, f, was, then, now, confirmed)
	if session && why != "" {
		why += "; not known: whether the session had a policy of its own"
	}
	return why, err
}

func (r *Rechecker) reason(ctx context.Context, f finding.Finding, was stored, then *authz.Decision, now *authz.Evidence, confirmed bool) (string, error) {
	names := namesOf(was.denial, &now.Evidence)
	changes, err := r.History.Since(ctx, names, f.LastSeen.Add(-settling))
	if len(changes) > 0 {
		return told(changes), nil // what could not be read would only say more
	}
	if then.Allowed == policy.No {
		var layers []string
		for _, c := range then.Blocking(policy.Yes) {
			layer := string(c.Layer)
			if c.Account != "" {
				layer += " of account " + c.Account
			}
			if !slices.Contains(layers, layer) {
				layers = append(layers, layer)
			}
		}
		return "the evidence differs: " + strings.Join(layers, ", ") + " refused it then, and does not now", nil
	}
	// AWS said what refused it, and that allows it now, as everything does.
	if then.Allowed == policy.Unknown && confirmed {
		return "the evidence differs: " + string(f.InBrief().Cause) + " refused it then, and does not now", nil
	}
	return "", err
}

// mostTold is how many changes are told: what a change of status has room for.
const mostTold = 2

func told(changes []evidence.Change) string {
	var all []string
	for _, c := range changes[:min(len(changes), mostTold)] {
		text := fmt.Sprintf("%s %s", c.Time.UTC().Format("2006-01-02 15:04 UTC"), c.Event)
		if c.Document != "" {
			text += " on " + short(c.Document)
		}
		if c.By != "" {
			text += " by " + short(c.By)
		}
		all = append(all, text)
	}
	if more := len(changes) - mostTold; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}

// short is an ARN without what every ARN has: its account and what is in it.
func short(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[4] == "" {
		return arn
	}
	return parts[5] + " (" + parts[4] + ")"
}

// namesOf are the names under which changes of whatever decides a request are remembered.
func namesOf(d trail.Denial, e *evidence.Evidence) []string {
	var all []string
	add := func(documents ...string) {
		for _, doc := range documents {
			if name := history.Name(doc); name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	add(history.Organization, d.Bucket, d.BucketAccount, d.AccessPoint, d.VPCEndpointID, d.KMSKey, d.Principal.ARN)
	for arn, who := range e.Principals {
		add(arn)
		attached, _ := who.Policies.Value()
		for _, p := range attached {
			if history.AccountOf(p.ARN) != "aws" {
				add(p.ARN)
			}
		}
		if boundary, ok := who.Boundary.Value(); ok && history.AccountOf(boundary.ARN) != "aws" {
			add(boundary.ARN)
		}
	}
	for name, b := range e.Buckets {
		owner, _ := b.Account.Value()
		add(name, owner)
	}
	for arn := range e.Keys {
		add(arn)
	}
	for arn := range e.KeyAliases {
		add(arn)
	}
	for id := range e.VPCEndpoints {
		add(id)
	}
	for arn := range e.AccessPoints {
		add(arn)
	}
	slices.Sort(all)
	return all
}
