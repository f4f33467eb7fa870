package auditor

import (
	"context"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

// Screen is what people need not hear of, and who probes.
type Screen struct {
	// Rules returns the rules that are in force; nil: the noise profile as it is.
	Rules func(context.Context) rules.Set
	// Own are the auditor's own roles.
	Own []rules.OwnRole
	// Accounts are the operator's own, beside those that the rules name and those whose
	// trails deliver records.
	Accounts []string
	// Probing says who probes; the zero value: nobody does.
	Probing rules.Thresholds
}

// places of findings about somebody who probes, and their class.
const (
	manyBuckets = "many buckets"
	manyObjects = "many objects"

	probingClass trail.Class = "probing"
)

// screening is a Screen at work on one batch.
type screening struct {
	set    rules.Judge
	own    []string // accounts
	roles  []rules.OwnRole
	probes []rules.Probe
}

// screen sets aside the auditor's own reads, before anything is read of them: their
// diagnosis would be more reads that are denied. It says who probes.
func (a *Auditor) screen(ctx context.Context, read []parsed, results []Result) screening {
	s := screening{own: a.watch.Accounts, roles: a.watch.Own}
	var set rules.Set
	if a.watch.Rules != nil {
		set = a.watch.Rules(ctx)
		s.own = append(s.own[:len(s.own):len(s.own)], set.Accounts...)
	}
	s.set = set.Judge()
	var denials []trail.Denial
	for i := range read {
		p := &read[i]
		if results[i].Err != nil || p.ignored != "" || p.asked {
			continue
		}
		skip, beyond := rules.Own(s.roles, rules.SubjectOf(p.denial, diagnosis.Diagnosis{}, s.own, false))
		if skip {
			results[i].Denial, results[i].Ignored = p.denial, rules.Decision{Ignored: true, By: rules.OwnReads, Reason: "the auditor was refused what it reads"}
			continue
		}
		results[i].Beyond = beyond
		denials = append(denials, p.denial)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.detector != nil {
		s.probes = a.detector.Observe(denials, s.own)
	}
	return s
}

// judge says what becomes of a denial that was diagnosed: ignored by a rule, or counted in
// a finding. Somebody who probes has one finding, however many buckets it were.
func (s screening) judge(r *Result, now time.Time) {
	if r.FindingID == "" {
		return
	}
	key := finding.KeyOf(r.Denial)
	probe, probes := s.probe(r.Denial)
	subject := rules.SubjectOf(r.Denial, r.Diagnosis, s.own, probes)
	r.Ignored = s.set.Decide(subject, now)
	if probes && !r.Ignored.Ignored {
		subject.Cause = diagnosis.Probing
		r.Ignored = s.set.Decide(subject, now)
	}
	switch {
	case r.Ignored.Ignored:
		r.FindingID = ""
		return
	case probes:
		key = finding.Key{Requester: probe.Requester, Place: manyBuckets, Class: probingClass}
		if probe.Address != "" {
			key.Requester = "address/" + probe.Address
		}
		if probe.Buckets < 2 {
			key.Place = manyObjects
		}
		r.Diagnosis = diagnosis.OfProbing(r.Denial, diagnosis.ProbingFacts{Address: probe.Address, Buckets: probe.Buckets, Keys: probe.Keys, First: probe.First, Last: probe.Last})
	case r.Beyond != "":
		r.Diagnosis.Intended = diagnosis.Intended{Ask: true, Because: r.Beyond}
	}
	r.key, r.FindingID = key, key.ID()
}

// probe is who probes of those that a denial is of: the requester before the address.
func (s screening) probe(d trail.Denial) (rules.Probe, bool) {
	for _, p := range s.probes {
		if rules.IsProbing([]rules.Probe{p}, d, s.own) {
			return p, true
		}
	}
	return rules.Probe{}, false
}
