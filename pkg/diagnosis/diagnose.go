package diagnosis

import (
	"cmp"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// FromDenial diagnoses a denial by what its own record proves: AWS's error code,
// AWS's message, who asked and for what. No policy is read.
func FromDenial(d trail.Denial) Diagnosis {
	return Diagnose(d, authz.Compile(evidence.Evidence{}), Options{})
}

// Options are what the operator decides.
type Options struct {
	// Protected are the names of buckets for which no grant is ever proposed.
	Protected []string
	// Version is that of the program, for those who read a diagnosis years later; empty: it
	// says none.
	Version string
}

// Diagnose diagnoses a denial by what its own record proves and by what was read. AWS
// names one reason only, even where several apply: every other check is made as well.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func Diagnose(d trail.Denial, e *authz.Evidence, o Options) Diagnosis {
	x, _ := diagnose(d, e, o)
	return x
}

// diagnose also returns what it knew, with which changes can be tried.
func diagnose(d trail.Denial, e *authz.Evidence, o Options) (Diagnosis, *join) {
	question := Question(d)
	j := &join{
		refusal: refused(d), evidence: e, question: question, decision: authz.Decide(question, e),
	}
	j.resolve(&e.Evidence)
	j.protected = slices.Contains(o.Protected, j.bucket)
	j.blockers = blockers(j.refusal, j.decision)
	for i := range j.blockers {
		j.blockers[i].sharpenACL(j.decision, &e.Evidence)
	}
	// What the record itself excludes refuses requests now, and did not refuse this one.
	slices.SortStableFunc(j.blockers, func(a, b blocker) int {
		return cmp.Compare(btoi(j.settledByRecord(a.check)), btoi(j.settledByRecord(b.check)))
	})
	j.named = causeOf(j.refusal)
	x := Diagnosis{Version: o.Version, Outcome: Undetermined, Denial: describe(d), Message: messageOf(d.Message), Changes: e.Changes, Failed: failedReads(&e.Evidence, &d), AccountNames: accountNames(&e.Evidence)}
	for _, a := range j.decision.Authorizations[len(question.Authorizations):] {
		if a.Resource != "" {
			x.Denial.Authorizations = append(x.Denial.Authorizations, a.Authorization)
		}
	}
	main := j.main(&x)
	j.open = j.stillOpen()
	if main == nil && len(j.blockers) == 0 {
		main = j.byElimination(d)
	}
	j.tell(&x, main)
	x.Checks = j.checks()
	x.Intended = j.intended(&x)
	x.Remedy = j.remedy(&x)
	return finish(x), j
}

// join is what is known of one denial from both sides: what AWS says, and what the
// evidence says.
type join struct {
	*refusal
	evidence  *authz.Evidence
	question  *authz.Request
	decision  *authz.Decision
	blockers  []blocker
	named     named
	open      []Open
	protected bool // the bucket is on the operator's list
	exactly   bool // what denies is narrowed to spare the request alone, not its requester
	// told are the blockers behind the causes of the diagnosis, in their order; nil for
	// one that AWS's message alone proves.
	told []*blocker
	// proposed are the steps of the remedy with their changes; nil where the remedy is
	// that of the record alone.
	proposed []proposal
}

// tell puts the causes into the diagnosis.
func (j *join) tell(x *Diagnosis, main *Cause) {
	if main != nil {
		x.Outcome, x.Cause = Explained, main
	}
	for i := range j.blockers {
		b := &j.blockers[i]
		if slices.Contains(j.told, b) || main == nil && j.settledByRecord(b.check) {
			continue
		}
		j.told = append(j.told, b)
		x.Contributing = append(x.Contributing, j.causeOf(b, Confirmed))
	}
	is := func(id CauseID) bool {
		return x.Cause != nil && (x.Cause.ID == id || x.Cause.IsA == id) ||
			slices.ContainsFunc(x.Contributing, func(c Cause) bool { return c.ID == id || c.IsA == id })
	}
	j.open = slices.DeleteFunc(j.open, func(o Open) bool { return is(o.ID) })
	x.RuledOut = j.ruledOut(is)
	x.Open = j.open
	if x.Cause != nil {
		return
	}
	x.Because = j.named.why
	switch {
	case len(j.blockers) > 0:
		if x.Because = sinceThen; !j.unsettled() {
			x.Outcome = Unexplained
		}
	case j.nothingRead() || j.unsettled():
		if x.Because == "" || !j.nothingRead() {
			x.Because = j.whatIsMissing()
		}
	default:
		x.Outcome = Unexplained
		x.Because = "everything that could refuse it was read, and all of it lets the request pass: perhaps a policy changed since, or had not taken effect yet"
	}
}
