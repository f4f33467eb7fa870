package recheck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// stored is the request of a finding, and what was known of it when it was refused.
type stored struct {
	record evidence.Case
	denial trail.Denial
}

// load reads the case of a finding.
func (r *Rechecker) load(ctx context.Context, f finding.Finding) (stored, error) {
	text, err := r.Store.Case(ctx, f.ID)
	if err != nil {
		return stored{}, err
	}
	c, err := evidence.ParseCase(text)
	if err != nil {
		return stored{}, err
	}
	if c.Event == nil {
		return stored{}, errors.New("its case has no event")
	}
	d, ignored, err := trail.Parse(c.Event)
	if err != nil {
		return stored{}, fmt.Errorf("the event of its case: %w", err)
	}
	if ignored != "" {
		return stored{}, fmt.Errorf("the event of its case is no denial: %s", ignored)
	}
	d.Add(c.Context)
	return stored{c, d}, nil
}

// one decides the request of one finding again.
func (r *Rechecker) one(ctx context.Context, f finding.Finding, was stored, from auditor.Evidence) (Result, error) {
	question := diagnosis.Question(was.denial)
	now, _ := from.Evidence(ctx, was.denial, question, false)
	if err := ctx.Err(); err != nil {
		return Failed, fmt.Errorf("no time left to read what decides: %w", err)
	}
	if passes, session := allowed(authz.Decide(question, now)); passes {
		why, err := r.changed(ctx, f, was, question, now, session)
		if err != nil || why == "" {
			return Same, err
		}
		return r.resolve(ctx, f, was.denial, why)
	}
	x := diagnosis.Diagnose(was.denial, now, r.Options)
	if _, better := f.Rediagnose(x); !better {
		return Same, nil
	}
	return r.better(ctx, f, was, x, now)
}

// allowed reports whether a request passes with nothing unknown, but for two things that
// nothing will ever tell of many requests: which owner it expected, where a record does not
// show that header, which is left out as it is when causes are eliminated; and, if session
// says so, with which policy the session was issued that has ended since.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
func allowed(d *authz.Decision) (passes, session bool) {
	if len(d.Checks) == 0 || d.Allowed == policy.No {
		return false, false
	}
	for _, c := range d.Blocking(policy.Unknown) {
		switch c.Layer {
		case evidence.LayerExpectedOwner:
		case evidence.LayerSession:
			session = true
		default:
			return false, false
		}
	}
	return true, session
}

// resolve sets a finding resolved, and tells people. A message that fails is sent by the
// next run.
func (r *Rechecker) resolve(ctx context.Context, f finding.Finding, d trail.Denial, why string) (Result, error) {
	latest, err := r.Store.Get(ctx, f.ID)
	if err != nil {
		return Failed, err
	}
	if latest.Status != f.Status || !latest.LastSeen.Equal(f.LastSeen) {
		return Same, nil // it happened meanwhile, or a person said something
	}
	_, err = r.Store.SetStatus(ctx, f.ID, finding.StatusChange{
		Status: finding.Resolved, At: r.Now(), By: "why403", Reason: why, How: finding.ByRecheck,
	})
	if err != nil {
		return Failed, err
	}
	return Resolved, r.tell(ctx, f.ID, d)
}

func (r *Rechecker) tell(ctx context.Context, id string, d trail.Denial) error {
	f, err := r.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.Teller.Tell(ctx, f, d)
	return err
}

// better keeps a diagnosis in the place of one that said less.
func (r *Rechecker) better(ctx context.Context, f finding.Finding, was stored, x diagnosis.Diagnosis, now *authz.Evidence) (Result, error) {
	changed, err := r.Store.Rediagnose(ctx, f.ID, x, func() ([]byte, error) {
		c := was.record
		c.Evidence = now.Evidence
		return json.Marshal(c)
	})
	if err != nil || !changed {
		return Same, err
	}
	return Better, r.tell(ctx, f.ID, was.denial)
}

// settling is how long after a change requests may still be refused by what was before:
// what changed that long before the latest denial may have ended it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const settling = 5 * time.Minute
