package auditor

import (
	"context"
	"encoding/json"
	"fmt"

	"why403/pkg/alert"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Diagnosed is a document that was read and its diagnosis.
type Diagnosed struct {
	Denial    trail.Denial
	Diagnosis diagnosis.Diagnosis
	// Asked says that the document is a question, not something that happened: it
	// is answered, and never becomes a finding.
	Asked bool
}

// Evidence reads what can decide a denial.
type Evidence interface {
	// Evidence returns what was read, and whether some of it was kept from before. Fresh
	// has nothing believed that was. It always returns evidence: what could not be read
	// says why in it.
	Evidence(ctx context.Context, d trail.Denial, q *authz.Request, fresh bool) (e *authz.Evidence, kept bool)
}

// Diagnoser diagnoses documents. Its zero value goes by what they hold.
type Diagnoser struct {
	// Options are what the operator decides.
	Options diagnosis.Options
	// Evidence is asked about each denial; nil: a case has its own, and a record none.
	Evidence Evidence
}

// Diagnose reads one document, a case or anything that holds a CloudTrail record,
// and diagnoses it. A record that is no S3 denial has the outcome ignored.
func Diagnose(doc []byte) (Diagnosed, error) {
	return Diagnoser{}.Diagnose(context.Background(), doc)
}

// Diagnose is the function of that name, with what the Diagnoser has.
func (x Diagnoser) Diagnose(ctx context.Context, doc []byte) (Diagnosed, error) {
	p, err := parse(doc, new(trail.Reader))
	if err != nil {
		return Diagnosed{}, err
	}
	return x.parsed(ctx, &p), nil
}

// DiagnoseCase diagnoses a case.
func (x Diagnoser) DiagnoseCase(ctx context.Context, c evidence.Case) (Diagnosed, error) {
	p, err := parseCase(c, new(trail.Reader))
	if err != nil {
		return Diagnosed{}, err
	}
	return x.parsed(ctx, &p), nil
}

// parsed is a document that was read and not yet diagnosed: until then it may be
// joined with another copy of the same request.
type parsed struct {
	denial  trail.Denial
	ignored string // why it is no denial
	asked   bool
	// evidence is what a case has besides; nil: nothing was read.
	evidence *authz.Evidence
}

func parse(doc []byte, r *trail.Reader) (parsed, error) {
	if evidence.IsCase(doc) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return parsed{}, err
		}
		return parseCase(c, r)
	}
	d, ignored, err := r.Parse(doc)
	return parsed{denial: d, ignored: ignored}, err
}

func parseCase(c evidence.Case, r *trail.Reader) (parsed, error) {
	if c.Request != nil {
		return parsed{denial: trail.FromRequest(*c.Request, c.Context), asked: true, evidence: authz.Compile(c.Evidence)}, nil
	}
	d, ignored, err := r.Parse(c.Event)
	if err != nil {
		return parsed{}, fmt.Errorf("case: event: %w", err)
	}
	d.Add(c.Context)
	return parsed{denial: d, ignored: ignored, evidence: authz.Compile(c.Evidence)}, nil
}

// parsed diagnoses a document that was read.
func (x Diagnoser) parsed(ctx context.Context, p *parsed) Diagnosed {
	return Diagnosed{Denial: p.denial, Asked: p.asked, Diagnosis: x.answer(ctx, p).diagnosis}
}

// answer diagnoses a document that was read. Evidence that contradicts what AWS says, or
// leaves nothing that refuses, is read once more before it is believed, if it is not
// new: the policy may have changed since.
func (x Diagnoser) answer(ctx context.Context, p *parsed) answer {
	if p.ignored != "" {
		return answer{diagnosis: diagnosis.Ignore(p.denial, p.ignored)}
	}
	e, kept, question := p.evidence, false, diagnosis.Question(p.denial)
	switch {
	case x.Evidence != nil:
		e, kept = x.Evidence.Evidence(ctx, p.denial, question, false)
	case e == nil:
		e = authz.Compile(evidence.Evidence{})
	}
	got := diagnosis.Diagnose(p.denial, e, x.Options)
	if kept && doubtful(got) {
		e, _ = x.Evidence.Evidence(ctx, p.denial, question, true)
		got = diagnosis.Diagnose(p.denial, e, x.Options)
	}
	return answer{diagnosis: got, evidence: e, facts: factsOf(p.denial.Bucket, e), timed: e.Timed()}
}

// doubtful reports whether evidence does not fit what S3 did.
func doubtful(x diagnosis.Diagnosis) bool {
	disagrees := x.Message != nil && x.Message.Agrees != nil && !*x.Message.Agrees
	return disagrees || x.Outcome == diagnosis.Unexplained
}

// CaseOf returns the case of a document with the evidence that was read about it. A
// question stays one; of a record the case has what counts, without credentials.
func CaseOf(doc []byte, d trail.Denial, e evidence.Evidence) (evidence.Case, error) {
	c := evidence.Case{Format: evidence.CaseFormat, Event: d.Record}
	if evidence.IsCase(doc) {
		before, err := evidence.ParseCase(doc)
		if err != nil {
			return evidence.Case{}, err
		}
		if c = before; c.Event != nil {
			c.Event = d.Record
		}
	}
	c.Evidence = e
	return c, nil
}

// made makes the case that a result was diagnosed by, where it is one: who probes is no
// matter of a single case.
func (r *Result) made() func() ([]byte, error) {
	if r.answer.evidence == nil || r.key.Class == probingClass {
		return nil
	}
	doc, d, e := r.doc, r.Denial, r.answer.evidence
	return func() ([]byte, error) {
		c, err := CaseOf(doc, d, e.Evidence)
		if err != nil {
			return nil, err
		}
		return json.Marshal(c)
	}
}

// factsOf are what routes ask for.
func factsOf(bucket string, e *authz.Evidence) alert.Facts {
	var f alert.Facts
	for id, account := range e.Accounts {
		path, known := account.Path.Value()
		if !known {
			continue
		}
		if f.OUs == nil {
			f.OUs = make(map[string][]string)
		}
		for _, level := range path {
			f.OUs[id] = append(f.OUs[id], level.ID)
		}
	}
	f.BucketTags, _ = e.Buckets[bucket].Tags.Value()
	return f
}
