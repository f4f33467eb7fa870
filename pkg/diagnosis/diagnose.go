package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
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
}

// Diagnose diagnoses a denial by what its own record proves and by what was read. AWS
// names one reason only, even where several apply: every other check is made as well.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func Diagnose(d trail.Denial, e *authz.Evidence, o Options) Diagnosis {
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
	x := Diagnosis{Outcome: Undetermined, Denial: describe(d), Message: messageOf(d.Message), Changes: e.Changes}
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
	return finish(x)
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
	// told are the blockers behind the causes of the diagnosis, in their order; nil for
	// one that AWS's message alone proves.
	told []*blocker
}

// main returns the cause that AWS names, as the evidence has it where it was read, or
// else the first blocker. It says whether the two agree.
func (j *join) main(x *Diagnosis) *Cause {
	if j.named.id == "" {
		return j.ofBlockers(x)
	}
	found := slices.IndexFunc(j.blockers, func(b blocker) bool { return j.isNamed(b.id, b.isA) })
	if found >= 0 {
		c := j.causeOf(&j.blockers[found], Confirmed)
		c.Because = append(slices.Clone(j.named.because), c.Because...)
		j.agree(x, true)
		j.told = append(j.told, &j.blockers[found])
		return &c
	}
	c := &Cause{
		ID: j.named.id, Confidence: Confirmed, Summary: j.named.cause.summaryOf(j.refusal),
		Account: j.named.cause.actorOf(j.refusal), Because: slices.Clone(j.named.because), Doc: j.named.cause.Doc,
	}
	c.Account = cmp.Or(c.Account, j.actorOfLayer())
	j.told = append(j.told, nil)
	if !j.nothingRead() && j.passed(j.named.id) {
		j.agree(x, false)
		c.Summary += "; what was read now says otherwise, so that it has changed since" + changeOf(x.Changes)
	}
	return c
}

// ofBlockers returns the first blocker, among those that AWS's words may mean where
// they name several.
func (j *join) ofBlockers(x *Diagnosis) *Cause {
	if len(j.blockers) == 0 || j.settledByRecord(j.blockers[0].check) {
		return nil
	}
	first := 0
	if x.Message != nil && x.Message.Layer != "" {
		if i := slices.IndexFunc(j.blockers, func(b blocker) bool {
			return slices.ContainsFunc(j.named.open, func(o Open) bool { return o.ID == b.id || o.ID == b.isA })
		}); i >= 0 {
			first = i
			j.agree(x, true)
		}
	}
	c := j.causeOf(&j.blockers[first], Confirmed)
	if j.named.because == nil && x.Message != nil && x.Message.Agrees != nil {
		c.Because = append([]Reason{{Layer: x.Message.Layer, Text: j.ErrorMessage}}, c.Because...)
	}
	j.told = append(j.told, &j.blockers[first])
	return &c
}

func (j *join) agree(x *Diagnosis, yes bool) {
	if x.Message != nil {
		x.Message.Agrees = &yes
	}
}

// isNamed reports whether a cause is the one that AWS names, under a sharper name
// perhaps.
func (j *join) isNamed(id, isA CauseID) bool {
	return id == j.named.id || isA == j.named.id ||
		j.named.id == BucketPolicyNoAllow && (id == AnonymousNoGrant || id == BPAIgnorePublicACLs) ||
		j.named.id == IdentityNoAllow && id == DirectoryBucketSession
}

// passed reports whether the checks that a cause is of are all known to let the
// request pass.
func (j *join) passed(id CauseID) bool {
	known := false
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if !j.concerns(c, id) {
			continue
		}
		if c.Blocks != policy.No || c.Verdict == authz.Unknown {
			return false
		}
		known = known || c.Verdict != authz.NotApplicable || j.named.layer == c.Layer
	}
	return known
}

// concerns reports whether a check could have this cause.
func (j *join) concerns(c *authz.Check, id CauseID) bool {
	if slices.Contains(alike(c.Layer), id) {
		return true
	}
	return causeOfCheck(j.refusal, j.decision, c, true) == id || causeOfCheck(j.refusal, j.decision, c, false) == id
}

// alike are the causes that the same check of a layer may have, by who asks and for
// what.
func alike(l evidence.Layer) []CauseID {
	switch l {
	case evidence.LayerBucketPolicy:
		return []CauseID{BucketPolicyNoAllow, AccessPointDelegation, ServicePrincipalCondition, AnonymousNoGrant, PrincipalMismatch, StalePrincipalID}
	case evidence.LayerAccessPoint:
		return []CauseID{AccessPointPolicy, AccessPointNetwork}
	case evidence.LayerKeyPolicy:
		return []CauseID{KMSKeyPolicyNoAllow, KMSAWSManagedKeyCrossAcct}
	default:
		return nil
	}
}

// changeOf says which change of a policy came last.
func changeOf(changes []evidence.Change) string {
	if len(changes) == 0 {
		return ""
	}
	c := changes[0]
	by := ""
	if c.By != "" {
		by = " by " + c.By
	}
	return fmt.Sprintf(" (%s%s at %s)", c.Event, by, c.Time.UTC().Format("2006-01-02 15:04:05Z"))
}

// causeOf puts a blocker into words.
func (j *join) causeOf(b *blocker, sure Confidence) Cause {
	info, _ := find(b.id)
	v := j.seenFrom(j.decision, b)
	c := Cause{ID: b.id, IsA: b.isA, Confidence: sure, Doc: info.Doc, Account: j.actorOf(b, info, v)}
	c.Summary = info.summaryOf(v)
	if b.id != MissingObject && len(b.more) > 0 {
		c.Summary += " (the same for " + strings.Join(j.actions(b), ", ") + ")"
	}
	switch fact := factOf(b.reasons); {
	case b.id == KMSKeyState && fact != "":
		c.Summary = fmt.Sprintf("S3 cannot use %s: %s", v.keyName(), fact)
	case fact != "" && saysItself(b.id):
		c.Summary = upperFirst(fact)
	case b.sharp != "":
		c.Summary += ": " + b.sharp
	}
	if j.settledByRecord(b.check) {
		c.Summary += "; " + sinceThen
	}
	c.Because = reasonsOf(b.reasons)
	return c
}

// factOf returns what decided where that stands in no policy.
func factOf(reasons []authz.Reason) string {
	for _, reason := range reasons {
		if reason.Policy == "" && reason.Text != "" {
			return reason.Text
		}
	}
	return ""
}

// saysItself reports whether what decided says all that there is to say of a cause.
func saysItself(id CauseID) bool {
	switch id {
	case MFADelete, AccessPointNetwork, BPARestrictPublicBuckets, ExpectedBucketOwner:
		return true
	default:
		return false
	}
}

// actions are the further actions that a blocker refuses.
func (j *join) actions(b *blocker) []string {
	var out []string
	own := j.decision.Authorizations[b.check.Authorization].Action
	for _, c := range b.more {
		if a := j.decision.Authorizations[c.Authorization].Action; a != own && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	if out == nil {
		out = append(out, own+" on another resource")
	}
	return out
}

// actorOf is the account that has to act for a blocker. Of an organization that is its
// management account.
func (j *join) actorOf(b *blocker, info cause, v *refusal) string {
	switch b.check.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		org, _ := j.evidence.Accounts[b.check.Account].Organization.Value()
		if org.ManagementAccount != "" {
			return org.ManagementAccount
		}
	case evidence.LayerVPCE, evidence.LayerAccessPoint, evidence.LayerMRAP, evidence.LayerKeyPolicy, evidence.LayerKeyState:
		if b.id != AccessPointNetwork && b.check.Account != "" {
			return b.check.Account
		}
	default:
	}
	return info.actorOf(v)
}

// actorOfLayer is the account that has to act for what AWS names, where the evidence
// knows it and the record does not.
func (j *join) actorOfLayer() string {
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if c.Layer == j.named.layer && j.concerns(c, j.named.id) {
			return j.actorOf(&blocker{id: j.named.id, check: c}, j.named.cause, j.refusal)
		}
	}
	return ""
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

// sinceThen explains an endpoint policy that refuses what it let pass.
const sinceThen = "but S3 records no data event for a request that a VPC endpoint policy denies: the policy has changed since"

// nothingRead reports whether no evidence was read at all.
func (j *join) nothingRead() bool {
	e := &j.evidence.Evidence
	return len(e.Accounts)+len(e.Principals)+len(e.Sessions)+len(e.Buckets)+len(e.Objects)+len(e.Keys)+len(e.KeyAliases)+len(e.VPCEndpoints)+len(e.AccessPoints) == 0
}

// unsettled reports whether something that could be read is missing. What the request
// alone knows, such as a header that CloudTrail does not record, can not be.
func (j *join) unsettled() bool {
	if len(j.decision.Authorizations) == 0 {
		return true
	}
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer != evidence.LayerExpectedOwner && !j.settledByRecord(c) {
			return true
		}
	}
	return false
}

// whatIsMissing says what stands between the diagnosis and a cause.
func (j *join) whatIsMissing() string {
	var ids []string
	for _, o := range j.open {
		if o.ID != ExpectedBucketOwner && !slices.Contains(ids, string(o.ID)) {
			ids = append(ids, string(o.ID))
		}
	}
	n := 0
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer != evidence.LayerExpectedOwner && !j.settledByRecord(c) {
			n++
		}
	}
	switch {
	case n == 0 && j.named.why != "":
		return j.named.why
	case n == 1:
		return "what was read lets the request pass, and 1 check is not settled"
	}
	return fmt.Sprintf("what was read lets the request pass, and %d checks are not settled", n)
}

// byElimination returns a cause that is likely: S3 refused, every other check is known
// to pass, and what remains has one name. That a request may expect another bucket
// owner, which no record shows, stays open beside it.
func (j *join) byElimination(d trail.Denial) *Cause {
	if j.nothingRead() || j.named.id != "" || d.ErrorCode != "" && d.ErrorCode != "AccessDenied" {
		return nil
	}
	var left *authz.Check
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer == evidence.LayerExpectedOwner || j.settledByRecord(c) {
			continue
		}
		if left != nil {
			return nil
		}
		left = c
	}
	if left == nil {
		return nil
	}
	if left.Layer == evidence.LayerKeyPolicy && left.Denies != policy.Unknown && (left.MustAllow == policy.No || left.Allows == policy.Yes) {
		return nil // it is not known whether a key is used, and which
	}
	ids := openCauses(j.refusal, j.decision, left)
	if len(ids) != 1 || ids[0] == "" || left.Layer == evidence.LayerSession && left.Denies == policy.Unknown && left.Allows == policy.Unknown && len(j.decision.Needs(left)) == 0 {
		return nil
	}
	b := blocker{id: ids[0], check: left, reasons: j.decision.Reasons(left), denies: left.Denies != policy.No && left.Allows == policy.Yes}
	if b.id == BucketPolicyNoAllow || b.id == BucketPolicyExplicitDeny {
		b.sharpen(j.refusal, j.decision)
	}
	c := j.causeOf(&b, Likely)
	c.Summary += " (every other check passes)"
	j.told = append(j.told, nil)
	j.open = slices.DeleteFunc(j.open, func(o Open) bool { return o.ID == b.id || o.ID == b.isA })
	return &c
}
