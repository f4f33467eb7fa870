package auditor

import (
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

// Diagnose reads one document, a case or anything that holds a CloudTrail record,
// and diagnoses it. A record that is no S3 denial has the outcome ignored.
func Diagnose(doc []byte) (Diagnosed, error) { return DiagnoseWith(doc, diagnosis.Options{}) }

// DiagnoseWith is Diagnose with what the operator decides.
func DiagnoseWith(doc []byte, o diagnosis.Options) (Diagnosed, error) {
	p, err := parse(doc, new(trail.Reader))
	if err != nil {
		return Diagnosed{}, err
	}
	return p.diagnose(o), nil
}

// DiagnoseCase diagnoses a case.
func DiagnoseCase(c evidence.Case) (Diagnosed, error) {
	p, err := parseCase(c, new(trail.Reader))
	if err != nil {
		return Diagnosed{}, err
	}
	return p.diagnose(diagnosis.Options{}), nil
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

func (p parsed) diagnose(o diagnosis.Options) Diagnosed {
	out := Diagnosed{Denial: p.denial, Asked: p.asked}
	switch {
	case p.ignored != "":
		out.Diagnosis = diagnosis.Ignore(p.denial, p.ignored)
	case p.evidence != nil:
		out.Diagnosis = diagnosis.Diagnose(p.denial, p.evidence, o)
	default:
		out.Diagnosis = diagnosis.Diagnose(p.denial, authz.Compile(evidence.Evidence{}), o)
	}
	return out
}

// facts are what routes ask for.
func (p parsed) facts() alert.Facts {
	var f alert.Facts
	if p.evidence == nil {
		return f
	}
	for id, account := range p.evidence.Accounts {
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
	f.BucketTags, _ = p.evidence.Buckets[p.denial.Bucket].Tags.Value()
	return f
}
