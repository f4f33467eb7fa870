package auditor

import (
	"fmt"

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
func Diagnose(doc []byte) (Diagnosed, error) {
	if evidence.IsCase(doc) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return Diagnosed{}, err
		}
		return DiagnoseCase(c)
	}
	d, ignored, err := trail.Parse(doc)
	if err != nil {
		return Diagnosed{}, err
	}
	return decide(d, ignored), nil
}

// DiagnoseCase diagnoses a case.
func DiagnoseCase(c evidence.Case) (Diagnosed, error) {
	if c.Request != nil {
		answer := decide(trail.FromRequest(*c.Request), "")
		answer.Asked = true
		return answer, nil
	}
	d, ignored, err := trail.Parse(c.Event)
	if err != nil {
		return Diagnosed{}, fmt.Errorf("case: event: %w", err)
	}
	return decide(d, ignored), nil
}

func decide(d trail.Denial, ignored string) Diagnosed {
	if ignored != "" {
		return Diagnosed{Denial: d, Diagnosis: diagnosis.Ignore(d, ignored)}
	}
	return Diagnosed{Denial: d, Diagnosis: diagnosis.FromDenial(d)}
}
