package alert

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
)

// state is the first line: where it stands, and what would end it.
func (m mail) state() string {
	x := m.x
	if m.reason == Resolved {
		return "RESOLVED: " + m.resolution()
	}
	switch x.Outcome {
	case diagnosis.Ignored:
		return "NOT A DENIAL BY S3: " + sentence(x.Because)
	case diagnosis.Unexplained:
		return "DENIED, UNEXPLAINED: all that was read allows it now."
	case diagnosis.Explained:
		if x.Cause != nil {
			return "DENIED, EXPLAINED: " + m.wayOut()
		}
	default:
	}
	n := len(x.Open)
	if n == 0 {
		return "DENIED, UNDETERMINED: what was refused is known, why is not."
	}
	return "DENIED, UNDETERMINED: " + plural(n, "cause", "causes") + " possible" + m.readIn() + "."
}

// resolution says how a finding was resolved.
func (m mail) resolution() string {
	c := m.f.Changed
	if c == nil || c.How != finding.ByRecheck {
		return "nothing is to be done. What it was:"
	}
	text := "its request was decided again and would be allowed now. "
	if why := strings.TrimRight(fit(c.Reason, mostSentence), ". "); why != "" {
		text += "Changed: " + why + ". "
	}
	return text + "What it was:"
}

// readIn says where what is missing must be read.
func (m mail) readIn() string {
	var accounts []string
	for _, o := range m.x.Open {
		if account := readAccount(o); account != "" && !slices.Contains(accounts, account) {
			accounts = append(accounts, account)
		}
	}
	switch {
	case len(accounts) == 0:
		return ", listed below"
	case len(accounts) == 1 && isAccount(accounts[0]):
		return "; read account " + accounts[0] + " to tell"
	}
	return "; read " + plural(len(accounts), "account", "accounts") + " to tell"
}

// wayOut says in a few words who must do how much.
func (m mail) wayOut() string {
	x := m.x
	steps := x.Remedy.Steps
	if len(steps) == 0 {
		if x.Intended.Ask {
			return "perhaps intended; no change is proposed."
		}
		return "no change is proposed."
	}
	accounts := actors(steps)
	where := ""
	if len(accounts) > 0 {
		where = " in account " + accounts[0]
	}
	if len(accounts) > 1 {
		where = fmt.Sprintf(" in %d accounts", len(accounts))
	}
	changes := plural(len(steps), "change", "changes")
	switch {
	case x.Intended.Ask:
		return "perhaps intended; if not: " + changes + where + "."
	case x.Remedy.Verified && len(steps) == 1:
		return changes + where + " opens it (proven)."
	case x.Remedy.Verified:
		return changes + where + " open it (proven)."
	}
	return "needs " + changes + where + ", perhaps more."
}

// actors are the accounts of steps, each once, as words of the body.
func actors(steps []diagnosis.Step) []string {
	var all []string
	for _, s := range steps {
		if s.Account != "" && !slices.Contains(all, value(s.Account, mostAccount)) {
			all = append(all, value(s.Account, mostAccount))
		}
	}
	return all
}

// what is the sentence that a stranger understands.
func (m mail) what() []string {
	if m.x.Cause != nil {
		return wrap("", "  ", sentence(m.x.Cause.Summary))
	}
	if m.x.Outcome == diagnosis.Ignored {
		return nil
	}
	on := " on "
	if m.throughEndpoint() {
		on = " through "
	}
	text := upperFirst(fit(diagnosis.Who(m.x.Denial.Principal), mostSentence)) + " was refused " +
		value(m.x.Action(), mostWord) + on + value(m.place(), mostName) + "."
	if why := sentence(m.x.Because); why != "" {
		text += " " + why
	}
	return wrap("", "  ", text)
}

// mustActLines names for each blocker who must act, and nothing of the policies.
func (m mail) mustActLines() []string {
	if m.x.Cause == nil {
		return flush("CAUSE  not found yet", "must act: not known")
	}
	var lines []string
	label := "CAUSE  "
	for i, c := range m.blockers() {
		if i == mostBlockers {
			lines = append(lines, label+"and more")
			break
		}
		lines = append(lines, m.withActor(label, c)...)
		label = indent(len(label))
	}
	return lines
}

func causeID(id diagnosis.CauseID) string { return finished(value(string(id), mostID)) }

// withActor is the line of a blocker, with who must act at its right. The word
// account goes first where there is no room.
func (m mail) withActor(label string, c diagnosis.Cause) []string {
	left, right := label+causeID(c.ID), m.mustAct(c)
	if c.Confidence != "" {
		left += ", " + fit(string(c.Confidence), mostConfidence)
	}
	if columns(left)+2+columns(right) > width {
		right = strings.Replace(right, "must act: account ", "must act: ", 1)
	}
	return flush(left, right)
}

// mustAct says who must act on a blocker: where the account is not known, what it
// is the account of.
func (m mail) mustAct(c diagnosis.Cause) string {
	if c.Account != "" {
		return "must act: " + finished(m.account(c.Account))
	}
	return "must act: " + whose(c.ID)
}

// whose says whose account must act on a cause, where its id is not known.
func whose(id diagnosis.CauseID) string {
	info, _ := diagnosis.Info(id)
	switch info.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		return "the organization's management account"
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock, evidence.LayerACLOwnership, evidence.LayerObjectLock, evidence.LayerMFADelete:
		return "bucket's account (unknown)"
	case evidence.LayerKeyPolicy, evidence.LayerKeyState:
		return "key's account (unknown)"
	case evidence.LayerVPCE:
		return "endpoint's account (unknown)"
	default:
		return "not known"
	}
}

// account names an account: "account 111111111111 (analytics)".
func (m mail) account(id string) string {
	text := value(id, mostAccount)
	if isAccount(id) {
		text = "account" + noBreak + text
	}
	if name := m.o.AccountNames[id]; name != "" {
		text += noBreak + "(" + strings.ReplaceAll(fit(name, mostAccount), " ", noBreak) + ")"
	}
	return text
}

func isAccount(id string) bool { return len(id) == 12 && strings.Trim(id, "0123456789") == "" }
