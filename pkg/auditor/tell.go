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

// claimLease is how long the right to tell of a finding lasts: longer than it takes to send
// a message, and shorter than a queue waits before an input is delivered again, so that one
// whose process died is told by the next who has it.
const claimLease = time.Minute

// tell tells people of a finding that was recorded, or holds it for a digest.
func (a *Auditor) tell(ctx context.Context, recorded finding.Recorded, d trail.Denial, facts alert.Facts) (Touched, error) {
	now := a.now()
	t := Touched{Recorded: recorded}
	began, err := a.beganAt(ctx, d, now)
	if err != nil {
		return t, err
	}
	transition := alert.Transition{Finding: recorded.Finding, New: recorded.New, Began: began}
	decision := alert.Decide(transition, now, a.policy)
	t.Reason = decision.Reason
	if t.Reason == alert.None {
		if recorded.Whole {
			t.Message = alert.Compose(t.Finding, t.Reason, now, a.email, facts)
		}
		return t, nil
	}
	if decision.Until.IsZero() {
		return t, a.send(ctx, &t, transition, now, facts)
	}
	if err := a.whole(ctx, &t); err != nil {
		return t, err
	}
	t.Message = alert.Compose(t.Finding, t.Reason, now, a.email, facts)
	t.Held, t.Until = alert.QuietStart, decision.Until
	return t, a.hold(ctx, t)
}

// whole reads what a store keeps apart: only where there is something to say.
func (a *Auditor) whole(ctx context.Context, t *Touched) (err error) {
	if t.Whole {
		return nil
	}
	if t.Finding, err = a.store.Get(ctx, t.Finding.ID); err != nil {
		return fmt.Errorf("reading what is to be told: %w", err)
	}
	t.Whole = true
	return nil
}

// send tells people now, unless somebody else does or has done so meanwhile, or the topic
// is crowded.
func (a *Auditor) send(ctx context.Context, t *Touched, transition alert.Transition, now time.Time, facts alert.Facts) error {
	id := t.Finding.ID
	mine, err := a.store.Claim(ctx, id, now, claimLease)
	if err != nil {
		return err
	}
	if !mine {
		// Whoever has the right tells it, or is given its own input again.
		t.Reason = alert.None
		return nil
	}
	// What was recorded may be told by now: that is read after the right was taken.
	if transition.Finding, err = a.store.Get(ctx, id); err != nil {
		return a.release(ctx, id, fmt.Errorf("reading what is to be told: %w", err))
	}
	t.Finding, t.Whole = transition.Finding, true
	if t.Reason = alert.Decide(transition, now, a.policy).Reason; t.Reason == alert.None {
		return a.release(ctx, id, nil)
	}
	t.Message = alert.Compose(t.Finding, t.Reason, now, a.email, facts)
	crowded, err := a.crowded(ctx, t, now)
	if err == nil && crowded {
		err = a.hold(ctx, *t)
	}
	if err != nil || crowded {
		return a.release(ctx, id, err)
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < sendTime {
		// A message that is cut off may have gone out all the same, and is sent again.
		return a.release(ctx, id, fmt.Errorf("sending the alert of finding %s: %w", id, errNoTime))
	}
	// Sent first and noted afterwards: a crash in between repeats the message, and
	// never loses it.
	if err := a.sender.Send(ctx, t.Message); err != nil {
		return a.release(ctx, id, fmt.Errorf("sending the alert of finding %s: %w", id, err))
	}
	// That it went out is noted even if time is over meanwhile: or else it is told twice.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	if err := a.store.Announced(ctx, id, alert.AnnouncementOf(t.Finding, now)); err != nil {
		return err
	}
	t.Sent = true
	return nil
}

// sendTime is what sending a message may take.
const sendTime = 500 * time.Millisecond

// noteTime is how long the note of a message may take after the end of the time: whoever
// runs a batch keeps some for its answer.
const noteTime = 2 * time.Second

// release gives back the right to tell of a finding, of which nothing was told. Where that
// fails the right ends by itself.
func (a *Auditor) release(ctx context.Context, id string, because error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	if err := a.store.Announced(ctx, id, finding.Announcement{}); because == nil {
		return err
	}
	return because
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
