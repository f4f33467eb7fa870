package auditor

import (
	"context"
	"fmt"
	"time"

	"why403/pkg/alert"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// Tell tells people of a finding that changed without happening again, if there is
// something to say: it was resolved, or its cause is known now. The finding is whole, as
// Store.Get returns it; the denial is the one that it was diagnosed by.
func (a *Auditor) Tell(ctx context.Context, f finding.Finding, d trail.Denial) (Touched, error) {
	return a.tell(ctx, finding.Recorded{Finding: f, Whole: true}, d, alert.Facts{})
}

// tell tells people of a finding that was recorded, or holds it for a digest.
func (a *Auditor) tell(ctx context.Context, recorded finding.Recorded, d trail.Denial, facts alert.Facts) (Touched, error) {
	now := a.now()
	t := Touched{Recorded: recorded}
	began, err := a.beganAt(ctx, d, now)
	if err != nil {
		return t, err
	}
	decision := alert.Decide(alert.Transition{Finding: recorded.Finding, New: recorded.New, Began: began}, now, a.policy)
	t.Reason = decision.Reason
	if t.Reason != alert.None && !recorded.Whole {
		// What a store keeps apart is read only where there is something to say.
		if t.Finding, err = a.store.Get(ctx, t.Finding.ID); err != nil {
			return t, fmt.Errorf("reading what is to be told: %w", err)
		}
	}
	t.Message = alert.Compose(t.Finding, t.Reason, now, a.email, facts)
	if t.Reason == alert.None {
		return t, nil
	}
	if !decision.Until.IsZero() {
		t.Held, t.Until = alert.QuietStart, decision.Until
		return t, a.hold(ctx, t)
	}
	crowded, err := a.crowded(ctx, &t, now)
	if err != nil {
		return t, err
	}
	if crowded {
		return t, a.hold(ctx, t)
	}
	// Sent first and noted afterwards: a crash in between repeats the message, and
	// never loses it.
	id := t.Finding.ID
	if err := a.sender.Send(ctx, t.Message); err != nil {
		return t, fmt.Errorf("sending the alert of finding %s: %w", id, err)
	}
	return t, a.store.Announced(ctx, id, alert.AnnouncementOf(t.Finding, now))
}

// beganAt is when the deployment, or the account whose trail recorded a denial, was
// heard of first, whichever was later; zero without a quiet start. The recording account
// is one of the operator's own: a stranger's first denial is news at once.
func (a *Auditor) beganAt(ctx context.Context, d trail.Denial, now time.Time) (time.Time, error) {
	if a.ledger == nil || a.policy.QuietStart <= 0 {
		return time.Time{}, nil
	}
	things := []string{"deployment"}
	if d.Recipient != "" {
		things = append(things, "account/"+d.Recipient)
	}
	var latest time.Time
	for _, thing := range things {
		at, err := a.beganOnce(ctx, thing, now)
		if err != nil {
			return time.Time{}, err
		}
		if at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}

// beganOnce asks the ledger once for each thing: a beginning does not change.
func (a *Auditor) beganOnce(ctx context.Context, thing string, now time.Time) (time.Time, error) {
	a.mu.Lock()
	at, known := a.began[thing]
	a.mu.Unlock()
	if known {
		return at, nil
	}
	at, _, err := a.ledger.Began(ctx, thing, now)
	if err != nil {
		return time.Time{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.began[thing] = at
	return at, nil
}

// crowded counts a message, and says whether it is one too many for its topic.
func (a *Auditor) crowded(ctx context.Context, t *Touched, now time.Time) (bool, error) {
	if a.ledger == nil || a.policy.Burst <= 0 || a.policy.Window <= 0 {
		return false, nil
	}
	n, err := a.ledger.Sent(ctx, t.Message.Topic, a.policy.WindowOf(now))
	if err != nil {
		return false, err
	}
	until, crowded := a.policy.Crowded(n, now)
	if crowded {
		t.Held, t.Until = alert.Burst, until
	}
	return crowded, nil
}

func (a *Auditor) hold(ctx context.Context, t Touched) error {
	return a.ledger.Hold(ctx, finding.Held{ID: t.Finding.ID, Topic: t.Message.Topic, Why: t.Held, Until: t.Until})
}
