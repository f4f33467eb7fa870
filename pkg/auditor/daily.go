package auditor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"why403/pkg/alert"
	"why403/pkg/finding"
)

// dawn holds the digest of the day before, once a day: it is sent as what was held back is,
// and stays held until it went out. The day of the first event has none.
func (a *Auditor) dawn(ctx context.Context) error {
	if !a.policy.Daily {
		return nil
	}
	now := a.now().UTC()
	day := now.Format(time.DateOnly)
	if a.lastDay() == day {
		return nil
	}
	began, first, err := a.ledger.Began(ctx, "deployment", now)
	if err != nil {
		return err
	}
	if !first && now.Sub(began) >= 24*time.Hour {
		if _, first, err = a.ledger.Began(ctx, "day/"+day, now); err != nil {
			return err
		}
		if first {
			if err := a.ledger.Hold(ctx, finding.Held{ID: day, Why: alert.Daily, Until: now}); err != nil {
				return err
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.day = day
	return nil
}

// lastDay is the day whose digest is held or sent already, as far as this process knows.
func (a *Auditor) lastDay() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.day
}

// daily sends the digest of a day; none of a day without denials and changes.
func (a *Auditor) daily(ctx context.Context, topic, _ string, held []finding.Held) (m alert.Message, ok bool, err error) {
	now := a.now()
	since := now.Add(-24 * time.Hour)
	var day alert.Day
	if day.Seen, err = a.store.List(ctx, finding.Filter{Since: since}); err != nil {
		return m, false, fmt.Errorf("listing what was seen in a day: %w", err)
	}
	day.Seen = slices.DeleteFunc(day.Seen, func(f finding.Finding) bool { return f.Status == finding.Suppressed })
	if day.Resolved, err = a.store.List(ctx, finding.Filter{Statuses: []finding.Status{finding.Resolved}}); err != nil {
		return m, false, fmt.Errorf("listing what was resolved in a day: %w", err)
	}
	day.Resolved = slices.DeleteFunc(day.Resolved, func(f finding.Finding) bool { return f.Changed == nil || f.Changed.At.Before(since) })
	if len(day.Seen)+len(day.Resolved) > 0 {
		m = alert.ComposeDaily(day, now, a.email)
		m.Topic = topic
		if err := a.sender.Send(ctx, m); err != nil {
			return m, false, err
		}
		ok = true
	}
	return m, ok, a.ledger.Release(ctx, held)
}
