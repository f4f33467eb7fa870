package auditor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"why403/pkg/alert"
	"why403/pkg/finding"
)

// atOnce is how many findings are read or written at the same time.
const atOnce = 16

// Digest sends what was held back and is due: one message for each topic and reason.
// It returns the messages that went out. What could not be sent stays held.
func (a *Auditor) Digest(ctx context.Context) ([]alert.Message, error) {
	if a.ledger == nil {
		return nil, nil
	}
	if err := a.dawn(ctx); err != nil {
		return nil, err
	}
	due, err := a.ledger.Due(ctx, a.now())
	if err != nil {
		return nil, err
	}
	type heading struct{ topic, why string }
	groups := make(map[heading][]finding.Held)
	var order []heading
	for _, h := range due {
		at := heading{h.Topic, h.Why}
		if groups[at] == nil {
			order = append(order, at)
		}
		groups[at] = append(groups[at], h)
	}
	var sent []alert.Message
	var failed []error
	for _, at := range order {
		send := a.digest
		if at.why == alert.Daily {
			send = a.daily
		}
		m, ok, err := send(ctx, at.topic, at.why, groups[at])
		if err != nil {
			failed = append(failed, fmt.Errorf("the digest of %d findings held for %s: %w", len(groups[at]), at.why, err))
		}
		if ok {
			sent = append(sent, m)
		}
	}
	return sent, errors.Join(failed...)
}

// digest sends one digest. ok says that it went out: findings that people were told of
// meanwhile, or need not be told of any more, are left out, and with none left there is
// nothing to send.
func (a *Auditor) digest(ctx context.Context, topic, why string, held []finding.Held) (m alert.Message, ok bool, err error) {
	now := a.now()
	findings, err := a.untold(ctx, held)
	if err != nil {
		return m, false, err
	}
	if len(findings) > 0 {
		m = alert.ComposeDigest(findings, why, now, a.email)
		m.Topic = topic
		if err := a.sender.Send(ctx, m); err != nil {
			return m, false, err
		}
		var g errgroup.Group
		g.SetLimit(atOnce)
		for _, f := range findings {
			g.Go(func() error {
				err := a.store.Announced(ctx, f.ID, alert.AnnouncementOf(f, now))
				if errors.Is(err, finding.ErrNotFound) {
					return nil // a person deleted it
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return m, true, err
		}
	}
	return m, len(findings) > 0, a.ledger.Release(ctx, held)
}

// untold returns the findings that still have something to say, each once.
func (a *Auditor) untold(ctx context.Context, held []finding.Held) ([]finding.Finding, error) {
	var ids []string
	for _, h := range held {
		ids = append(ids, h.ID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	read := make([]finding.Finding, len(ids))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, id := range ids {
		g.Go(func() error {
			f, err := a.store.Get(ctx, id)
			if errors.Is(err, finding.ErrNotFound) {
				return nil
			}
			read[i] = f
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(read, func(f finding.Finding) bool {
		return alert.Decide(alert.Transition{Finding: f, New: 1}, a.now(), a.policy).Reason == alert.None
	}), nil
}
