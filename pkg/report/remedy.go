package report

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// remedy is what to change.
type remedy struct {
	If       string `json:"if,omitempty"`
	Steps    []step `json:"steps"`
	Verified bool   `json:"verified"`
	Because  string `json:"because,omitempty"`
}

// step is one change in one account.
type step struct {
	Account   string        `json:"account,omitempty"`
	Cause     string        `json:"cause,omitempty"`
	Title     string        `json:"title"`
	Target    string        `json:"target,omitempty"`
	Kind      string        `json:"kind,omitempty"`
	Patch     string        `json:"patch,omitempty"` // JSON, to be pasted
	Diff      string        `json:"diff,omitempty"`
	Terraform string        `json:"terraform,omitempty"`
	Commands  []commandLine `json:"commands,omitempty"`
	Caution   string        `json:"caution,omitempty"`
	Alone     string        `json:"alone,omitempty"`
}

// commandLine is a command, or what to do before the next one.
type commandLine struct {
	Run string `json:"run,omitempty"`
	Say string `json:"say,omitempty"`
}

// ofRequest is the kind of a step whose title says everything.
const ofRequest = "request"

func remedyOf(r diagnosis.Remedy, names map[string]string) remedy {
	out := remedy{If: text(r.If), Verified: r.Verified, Because: text(r.Because), Steps: []step{}}
	for _, s := range r.Steps {
		one := step{
			Account: account(s.Account, names), Cause: text(string(s.Cause)), Title: text(s.Title), Target: text(s.Target), Kind: text(s.Kind),
			Diff: diff(s.Diff), Terraform: shown(s.Terraform), Commands: commandLines(s.Commands), Caution: text(s.Caution),
		}
		if s.Kind != ofRequest {
			one.Patch = pretty(s.Patch)
		}
		if len(r.Steps) > 1 {
			one.Alone = text(s.Alone)
		}
		out.Steps = append(out.Steps, one)
	}
	return out
}

// diff is what changes in a policy. Its lines are JSON, and stay so in ASCII.
func diff(s string) string {
	if s == "" {
		return ""
	}
	var out strings.Builder
	for i, l := range strings.Split(s, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		if strings.TrimSpace(l) == "…" { // lines that stay as they are
			out.WriteString(strings.TrimRight(l, " "))
			continue
		}
		for _, r := range strings.TrimRight(l, " ") {
			ascii(&out, r)
		}
	}
	return out.String()
}

// shown is a text of several lines, if a reader would see all of it.
func shown(s string) string {
	for l := range strings.SplitSeq(s, "\n") {
		if clean.Terminal(l) != l {
			return ""
		}
	}
	return s
}

// commandLines are commands, each for itself: people paste.
func commandLines(all []string) []commandLine {
	var out []commandLine
	saved := ""
	for _, c := range all {
		if c == "" || clean.Terminal(c) != c {
			out = append(out, commandLine{Say: "(a command that is not fit to be pasted)"})
			continue
		}
		if saved != "" && strings.Contains(c, "file://"+saved) {
			out = append(out, commandLine{Say: "edit " + text(saved) + ", then"})
		}
		out = append(out, commandLine{Run: c})
		_, saved, _ = strings.Cut(c, " > ")
	}
	return out
}
