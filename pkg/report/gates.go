package report

import (
	"encoding/json"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// way is the way of a request through the checks: as it is, and with steps of the remedy
// made.
type way struct {
	Groups []group `json:"groups"`
	Gates  []gate  `json:"gates"`
	// Checks and Statements are those of all trials, each once.
	Checks     []check     `json:"checks"`
	Statements []statement `json:"statements"`
	Trials     []trial     `json:"trials"` // the first with no step made
	// Some says that not all combinations of the steps were tried.
	Some bool `json:"some,omitempty"`
	// Why says why there are no switches; empty where there are.
	Why string `json:"why,omitempty"`
}

// group is what one party decides.
type group struct {
	Name    string `json:"name"`
	Account string `json:"account,omitempty"` // empty if none is known, or several
	Gates   []int  `json:"gates"`             // of way.Gates
}

// gate is one layer.
type gate struct {
	Layer string `json:"layer"`
}

// check is what one layer says of one authorization.
type check struct {
	Gate       int     `json:"gate"` // of way.Gates
	Action     string  `json:"action"`
	Resource   string  `json:"resource,omitempty"`
	Account    string  `json:"account,omitempty"`
	Verdict    verdict `json:"v"`
	Why        string  `json:"why,omitempty"`
	AWS        string  `json:"aws,omitempty"`        // AWS's own words
	Statements []int   `json:"statements,omitempty"` // of way.Statements
	More       int     `json:"more,omitempty"`       // statements that are not shown
}

// trial is what the checks say with some steps made.
type trial struct {
	Steps    []int     `json:"steps"`  // of the remedy, from 0
	Passes   string    `json:"passes"` // yes, no or unknown
	Verdicts []verdict `json:"v"`      // of way.Gates
	Checks   []int     `json:"checks"` // of way.Checks
}

// verdict is how a gate is drawn.
type verdict int

// The page has words and shapes for these, in this order.
const (
	uninvolved verdict = iota
	passes
	unknown
	blocks
)

func verdictOf(v diagnosis.Verdict) verdict {
	switch v {
	case diagnosis.Allow:
		return passes
	case diagnosis.Deny:
		return blocks
	case diagnosis.NotApplicable:
		return uninvolved
	default:
		return unknown
	}
}

// wayOf is the way of a finding's latest request. What can be tried on it is tried on its
// case, if that still leads to the finding's diagnosis.
func wayOf(i Item, o diagnosis.Options) way {
	x := i.Finding.Diagnosis
	trials, why := tried(i, o)
	if trials == nil {
		trials = []diagnosis.Trial{{Checks: x.Checks, Passes: policy.No}}
	}
	b := wayMaker{x: x, checks: make(map[string]int), statements: make(map[string]int)}
	b.Why = why
	for _, t := range trials {
		b.gates(t.Checks)
	}
	for _, t := range trials {
		b.trial(t)
	}
	possible := 0
	for _, s := range x.Remedy.Steps {
		if s.Kind != "" {
			possible++
		}
	}
	b.Some = len(trials) > 1 && possible > diagnosis.MostTogether
	b.group()
	return b.way
}

// tried decides the case of a finding again; nil and why if that tells nothing.
func tried(i Item, o diagnosis.Options) (trials []diagnosis.Trial, why string) {
	x := i.Finding.Diagnosis
	if len(x.Remedy.Steps) == 0 {
		return nil, ""
	}
	if i.Case == nil {
		return nil, "No case is kept of this finding, so that no change can be tried here."
	}
	d, err := denialOf(*i.Case)
	if err != nil {
		return nil, "The case of this finding cannot be read: " + text(err.Error())
	}
	now, trials := diagnosis.WhatIf(d, authz.Compile(i.Case.Evidence), o)
	same := slices.EqualFunc(now.Remedy.Steps, x.Remedy.Steps, func(a, b diagnosis.Step) bool {
		return a.Title == b.Title && a.Cause == b.Cause && a.Account == b.Account
	}) && slices.EqualFunc(diagnosis.Strip(now.Checks), diagnosis.Strip(x.Checks), func(a, b diagnosis.Gate) bool { return a == b })
	switch {
	case !same:
		return nil, "The case of this finding is diagnosed otherwise today, so that no change is tried here."
	case len(trials) == 1:
		return nil, "The change is none that can be tried on what was read."
	}
	return trials, ""
}

// denialOf reads the denial of a case.
func denialOf(c evidence.Case) (trail.Denial, error) {
	if c.Request != nil {
		return trail.FromRequest(*c.Request, c.Context), nil
	}
	d, _, err := trail.Parse(c.Event)
	if err != nil {
		return d, err
	}
	d.Add(c.Context)
	return d, nil
}

// wayMaker makes a way.
type wayMaker struct {
	way
	x          diagnosis.Diagnosis
	checks     map[string]int
	statements map[string]int
}

// gates adds the layers of checks.
func (b *wayMaker) gates(checks []diagnosis.Check) {
	for _, g := range diagnosis.Strip(checks) {
		if b.gate(g.Layer) < 0 {
			b.Gates = append(b.Gates, gate{Layer: text(string(g.Layer))})
		}
	}
}

func (b *wayMaker) gate(l evidence.Layer) int {
	return slices.Index(b.Gates, gate{Layer: text(string(l))})
}

func (b *wayMaker) trial(t diagnosis.Trial) {
	out := trial{Steps: t.Steps, Passes: t.Passes.String(), Verdicts: make([]verdict, len(b.Gates)), Checks: []int{}}
	if out.Steps == nil {
		out.Steps = []int{}
	}
	for _, g := range diagnosis.Strip(t.Checks) {
		out.Verdicts[b.gate(g.Layer)] = verdictOf(g.Verdict)
	}
	x := b.x
	x.Checks = t.Checks
	for _, c := range t.Checks {
		out.Checks = append(out.Checks, b.check(x, c))
	}
	b.Trials = append(b.Trials, out)
}

// mostStatements is how many statements of one check are shown.
const mostStatements = 3

func (b *wayMaker) check(x diagnosis.Diagnosis, c diagnosis.Check) int {
	out := check{
		Gate: b.gate(c.Layer), Action: text(c.Action), Resource: text(c.Resource), Account: text(c.Account),
		Verdict: verdictOf(c.Gate().Verdict), Why: text(console.Why(c)),
	}
	for _, r := range c.Because {
		switch {
		case r.Text != "":
			out.AWS = text(r.Text)
		case r.Statement == nil:
		case len(out.Statements) == mostStatements:
			out.More++
		default:
			out.Statements = append(out.Statements, once(&b.Statements, b.statements, statementOf(x, r)))
		}
	}
	return once(&b.Checks, b.checks, out)
}

// once appends a value if it is not there yet, and returns its place.
func once[T any](all *[]T, seen map[string]int, v T) int {
	key, err := json.Marshal(v)
	if err != nil {
		key = nil // plain values always marshal
	}
	if at, ok := seen[string(key)]; ok {
		return at
	}
	seen[string(key)] = len(*all)
	*all = append(*all, v)
	return len(*all) - 1
}

// group puts the gates together by who decides there.
func (b *wayMaker) group() {
	for n, g := range b.Gates {
		name := party(evidence.Layer(g.Layer))
		i := slices.IndexFunc(b.Groups, func(g group) bool { return g.Name == name })
		if i < 0 {
			i = len(b.Groups)
			b.Groups = append(b.Groups, group{Name: name})
		}
		b.Groups[i].Gates = append(b.Groups[i].Gates, n)
	}
	slices.SortStableFunc(b.Groups, func(x, y group) int { return slices.Index(parties(), x.Name) - slices.Index(parties(), y.Name) })
	for i := range b.Groups {
		b.Groups[i].Account = b.account(b.Groups[i])
	}
	if b.Groups == nil {
		b.Groups, b.Gates = []group{}, []gate{}
	}
	if b.Checks == nil {
		b.Checks = []check{}
	}
	if b.Statements == nil {
		b.Statements = []statement{}
	}
}

// account is the account of a group, if its checks that have a part have but one.
func (b *wayMaker) account(g group) string {
	if g.Name == organization {
		return "" // its checks name the accounts that it governs
	}
	var accounts []string
	for _, c := range b.Checks {
		if slices.Contains(g.Gates, c.Gate) && c.Verdict != uninvolved {
			accounts = appendNew(accounts, c.Account)
		}
	}
	if len(accounts) != 1 {
		return ""
	}
	return account(accounts[0], b.x.AccountNames)
}

const organization = "Organization"

// parties are who decides, in the order of the page.
func parties() []string {
	return []string{organization, "Requester", "Network", "Bucket owner", "Key owner"}
}

// party says who decides on a layer.
func party(l evidence.Layer) string {
	switch l {
	case evidence.LayerSCP, evidence.LayerRCP:
		return organization
	case evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession, evidence.LayerAccountState, evidence.LayerDirectorySession:
		return "Requester"
	case evidence.LayerVPCE:
		return "Network"
	case evidence.LayerKeyPolicy, evidence.LayerKeyGrant, evidence.LayerKeyState:
		return "Key owner"
	default:
		return "Bucket owner"
	}
}
