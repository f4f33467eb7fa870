package auditor

import (
	"context"
	"sync"
	"time"

	"why403/pkg/alert"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/trail"
)

// answer is the diagnosis of a question and what it was made of.
type answer struct {
	diagnosis diagnosis.Diagnosis
	evidence  *authz.Evidence
	facts     alert.Facts
	timed     bool // a policy speaks of the time of the request
}

// of is the answer to a denial with the question.
func (x answer) of(d trail.Denial) answer {
	at := &x.diagnosis.Denial
	at.EventID, at.SharedEventID, at.Time = d.EventID, d.SharedEventID, d.Time
	return x
}

// answerLife is how long an answer stands for those who ask the same in later batches: a
// retry loop, or a flood. Evidence is kept for longer by who reads it.
const answerLife = 30 * time.Second

// mostAnswers bounds what is kept: a diagnosis has some 20 KB.
const mostAnswers = 512

// answers keeps answers for a short time. It is safe for concurrent use.
type answers struct {
	mu   sync.Mutex
	kept map[question]keptAnswer
}

type keptAnswer struct {
	answer
	until time.Time
}

// ask returns the answer to a denial, and keeps it if it is given a question.
func (k *answers) ask(ctx context.Context, x Diagnoser, p *parsed, q question, now func() time.Time) answer {
	out := x.answer(ctx, p)
	// What could not be read for want of time may be read by the next who asks.
	if q != (question{}) && !out.timed && ctx.Err() == nil {
		k.keep(q, out, now())
	}
	return out
}

// find returns an answer that is kept. The zero question has none.
func (k *answers) find(q question, now time.Time) (answer, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got, ok := k.kept[q]
	// A clock that was set back must not make an answer last.
	if !ok || !now.Before(got.until) || got.until.Sub(now) > answerLife {
		return answer{}, false
	}
	return got.answer, true
}

func (k *answers) keep(q question, x answer, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= mostAnswers {
		kept := make(map[question]keptAnswer)
		for other, y := range k.kept {
			if now.Before(y.until) && len(kept) < mostAnswers/2 {
				kept[other] = y
			}
		}
		k.kept = kept
	}
	k.kept[q] = keptAnswer{x, now.Add(answerLife)}
}
