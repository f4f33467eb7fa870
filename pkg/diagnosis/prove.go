package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// most is how often the remedy is tried with what is still in the way.
const most = 6

// remedy says what to change, and proves it where it can: each change is made to a copy
// of what is known, and the request decided again, until every check passes or only
// what is not known is left. No step ever opens a bucket or key to everybody or for
// every action, switches Block Public Access off, or deletes a Deny.
func (j *join) remedy(x *Diagnosis) Remedy {
	if x.Cause == nil {
		return Remedy{Because: "no change is proposed before the cause is known"}
	}
	// What AWS named is gone by now, and what refuses today can be tried.
	gone := x.Message != nil && x.Message.Agrees != nil && !*x.Message.Agrees && len(j.blockers) > 0
	if j.told == nil || j.told[0] == nil && !gone {
		return j.remedyOfRecord(x)
	}
	r := j.remedyOfBlockers(x)
	if gone {
		r.Because = "what AWS named is not so any more, and something else refuses now: " + r.Because
	}
	return r
}

// remedyOfBlockers changes what refuses the request by what was read.
func (j *join) remedyOfBlockers(x *Diagnosis) Remedy {
	stranger := j.noGrants(x)
	made, w := j.propositions(stranger, false)
	if opened := j.opened(made); len(opened) > 0 {
		// The requester, or somebody else, would come in by the way: perhaps not if what
		// denies is narrowed to this one request.
		if exact, after := j.propositions(stranger, true); changes(exact) >= changes(made) && len(j.opened(exact)) < len(opened) {
			made, w = exact, after
		}
	}
	for i := range made {
		made[i].turn = i
	}
	// The change for the cause that is told first comes first.
	slices.SortStableFunc(made, func(a, b proposal) int {
		return cmp.Compare(btoi(a.of.id != x.Cause.ID), btoi(b.of.id != x.Cause.ID))
	})
	if stranger != "" {
		made = slices.DeleteFunc(made, func(p proposal) bool { return p.Title == "" })
		if len(made) == 0 {
			return Remedy{Because: stranger}
		}
		j.proposed = made
		r := j.proven(x, w, made)
		if !r.Verified {
			r.Because += "; " + stranger
		}
		return r
	}
	j.proposed = made
	return j.proven(x, w, made)
}

// propositions are the changes that remove what refuses, each made in a world in which
// the others before it are made.
func (j *join) propositions(stranger string, exactly bool) ([]proposal, *world) {
	w := j.copyOf()
	var made []proposal
	for range most {
		found := blockers(j.refusal, w.decide())
		round := 0
		for i := range found {
			b := &found[i]
			if slices.ContainsFunc(made, func(p proposal) bool {
				return p.of.id == b.id && p.of.check.Layer == b.check.Layer && p.of.check.Account == b.check.Account
			}) {
				continue
			}
			within := j.within(w)
			within.exactly = exactly
			p := within.propose(b)
			if stranger != "" && !p.forStrangers(j.Principal) {
				p = proposal{of: b}
			}
			made = append(made, p)
			if p.change != nil && p.change.apply(w) == nil {
				round++
			}
		}
		if round == 0 {
			break
		}
	}
	return made, w
}

// changes counts the proposals that can be tried.
func changes(made []proposal) int {
	n := 0
	for i := range made {
		n += btoi(made[i].change != nil)
	}
	return n
}

// forStrangers reports whether a step may be proposed to somebody to whom nothing is
// granted: one about the request itself.
func (p *proposal) forStrangers(who evidence.Principal) bool {
	info, _ := find(p.of.id)
	if p.change != nil {
		return p.change.kind == changeRequest
	}
	return !info.grants && !policyLayer(p.of.check.Layer) && FixFor(who, p.of.id) != ""
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// within returns the join as it is after the changes made so far: a blocker that
// another one hid is seen in what the first change left.
func (j *join) within(w *world) *join {
	v := *j
	v.evidence = authz.Compile(w.evidence)
	v.question = &w.request
	v.decision = authz.Decide(v.question, v.evidence)
	return &v
}

// remedyOfRecord is the step for a cause that AWS's message alone proves: nothing that
// was read shows it, so that nothing can be tried.
func (j *join) remedyOfRecord(x *Diagnosis) Remedy {
	c, _ := find(x.Cause.ID)
	if why := j.noGrants(x); why != "" && c.grants {
		return Remedy{Because: why}
	}
	if x.Message != nil && x.Message.Agrees != nil && !*x.Message.Agrees {
		return Remedy{Because: "what was read now lets the request pass: try it again before anything is changed"}
	}
	s := c.stepOf(j.refusal)
	s.Cause, s.Account = c.ID, cmp.Or(s.Account, x.Cause.Account)
	s.Title = upperFirst(s.Title)
	why := oneReason
	if !j.nothingRead() {
		why = "what was read does not show this cause, so that the change cannot be tried on it"
	}
	return Remedy{If: onlyIf(x, s), Steps: []Step{s}, Because: why}
}

// onlyIf says on what a remedy hangs: where the denial is perhaps right, on an answer
// to that. What is done about a stolen key hangs on nothing.
func onlyIf(x *Diagnosis, first Step) string {
	if !x.Intended.Ask || stolen(&first) {
		return ""
	}
	return "the request is meant to pass"
}

// noGrants says why no grant is proposed to this requester; empty if one may be.
func (j *join) noGrants(x *Diagnosis) string {
	switch {
	case j.Principal.Type == evidence.PrincipalAnonymous:
		return "no grant is proposed to anonymous requesters"
	case strings.HasPrefix(j.stranger(x), otherOrganization), outsider(j.refusal) != "" && j.stranger(x) == outsider(j.refusal):
		return "no grant is proposed to outside accounts"
	case j.protected:
		return "no grant is proposed for a protected bucket"
	}
	return ""
}

const otherOrganization = "the requester is of another organization"

// proven says what the changes achieve together, and each of them alone.
func (j *join) proven(x *Diagnosis, w *world, made []proposal) Remedy {
	final := w.decide()
	tried, untried := 0, []string{}
	r := Remedy{Steps: make([]Step, 0, len(made))}
	for i := range made {
		p := &made[i]
		if p.change == nil {
			untried = append(untried, string(p.of.id))
		} else {
			tried++
			p.Alone = j.alone(p)
		}
		p.Title = upperFirst(p.Title)
		if p.change != nil && p.change.unlocks != "" {
			p.Caution = strings.TrimSpace(p.Caution + " " + upperFirst(p.change.unlocks) + ".")
		}
		r.Steps = append(r.Steps, p.Step)
	}
	if len(r.Steps) > 0 {
		r.If = onlyIf(x, r.Steps[0])
	}
	if opened := j.opened(made); len(opened) > 0 {
		for i := range r.Steps {
			if made[i].change != nil && made[i].change.unlocks == "" && made[i].change.kind != changeRequest {
				r.Steps[i].Patch, r.Steps[i].Document, r.Steps[i].Diff, r.Steps[i].Terraform, r.Steps[i].Commands = nil, nil, "", "", nil
			}
		}
		r.Because = "no change to paste is proposed: it would also open access for " + strings.Join(opened, " and ")
		return r
	}
	r.Verified = final.Allowed == policy.Yes
	r.Because = j.achieved(final, tried, untried)
	return r
}

// achieved says how far the changes go.
func (j *join) achieved(final *authz.Decision, tried int, untried []string) string {
	with := "with this change"
	if tried != 1 {
		with = fmt.Sprintf("with these %d changes", tried)
	}
	switch {
	case final.Allowed == policy.Yes && tried == 0:
		return "every check passes"
	case final.Allowed == policy.Yes && tried == 1:
		return with + " every check passes"
	case final.Allowed == policy.Yes:
		return with + " every check passes; none of them alone is enough"
	case len(untried) > 0 && tried == 0:
		return "the change is none that can be tried on what was read"
	case len(untried) > 0:
		return with + " these are still in the way, by a change that cannot be tried on what was read: " + strings.Join(untried, ", ")
	case final.Allowed == policy.No:
		return with + " still refused: " + strings.Join(j.left(final, policy.Yes), ", ")
	}
	return with + " nothing known refuses it; still unknown: " + strings.Join(j.left(final, policy.Unknown), ", ")
}

// left names the layers that still refuse, or may.
func (j *join) left(d *authz.Decision, t policy.Truth) []string {
	var out []string
	for _, c := range d.Blocking(t) {
		name := string(c.Layer)
		if a := d.Authorizations[c.Authorization]; strings.HasPrefix(a.Action, "kms:") {
			name += " (" + a.Action + ")"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// alone says what a change achieves without the others.
func (j *join) alone(p *proposal) string {
	w := j.copyOf()
	if p.change.apply(w) != nil {
		return "" // it needs another change first
	}
	d := w.decide()
	switch d.Allowed {
	case policy.Yes:
		return "every check passes"
	case policy.No:
		return "still refused: " + strings.Join(j.left(d, policy.Yes), ", ")
	default:
		return "still unknown: " + strings.Join(j.left(d, policy.Unknown), ", ")
	}
}

// managedElsewhere says which step is not to be taken by hand: AWS CloudFormation and
// AWS Control Tower put back what they made.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
// https://docs.aws.amazon.com/controltower/latest/controlreference/the-guardrails.html
func (j *join) managedElsewhere(b *blocker, s *Step) {
	var tags evidence.Read[map[string]string]
	switch b.check.Layer {
	case evidence.LayerIdentity:
		tags = j.evidence.Principals[j.principalName()].Tags
	case evidence.LayerBucketPolicy, evidence.LayerACLOwnership, evidence.LayerPublicAccessBlock:
		tags = j.evidence.Buckets[j.bucket].Tags
	case evidence.LayerKeyPolicy:
		tags = j.evidence.Keys[s.Target].Tags
	case evidence.LayerSCP, evidence.LayerRCP:
		for _, reason := range b.reasons {
			if strings.HasPrefix(reason.Policy, "aws-guardrails-") {
				s.Caution = strings.TrimSpace(s.Caution + " The policy belongs to AWS Control Tower, which puts back what is changed by hand: change the control instead.")
				return
			}
		}
		return
	default:
		return
	}
	if v, ok := tags.Value(); ok && v["aws:cloudformation:stack-name"] != "" {
		s.Caution = strings.TrimSpace(s.Caution + " It belongs to the CloudFormation stack " + v["aws:cloudformation:stack-name"] + ": change its template, or the next deployment undoes the change.")
	}
}
