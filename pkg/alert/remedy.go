package alert

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// remedy is what to change, and how sure it is that this is enough.
func (m mail) remedy() []section {
	r := m.x.Remedy
	if len(r.Steps) == 0 {
		if r.Because == "" {
			return nil
		}
		return []section{{lines: wrap("CHANGE    ", indent(10), sentence(r.Because))}}
	}
	var all []section
	if r.If != "" {
		all = append(all, section{lines: wrap("IF        ", indent(10), fit(r.If, mostSentence)+":")})
	}
	for i, s := range r.Steps[:min(len(r.Steps), mostBlockers)] {
		label := "CHANGE    "
		if len(r.Steps) > 1 {
			label = fmt.Sprintf("CHANGE %-3d", i+1)
		}
		title := sentence(s.Title)
		if s.Account != "" && m.elsewhere(s) {
			title = strings.TrimRight(title, ".") + ", in " + m.account(s.Account) + "."
		}
		all = append(all, section{lines: wrap(label, indent(10), title)})
		paste := section{lines: m.paste(s), tight: true, drop: dropPaste, name: "the statement and the commands"}
		if len(paste.lines) > 0 {
			paste.instead = wrap(indent(4), indent(4), "The statement and the commands are too long for a mail.")
		}
		all = append(all, paste)
	}
	if r.Because != "" || r.Verified {
		all = append(all, section{lines: wrap("PROOF     ", indent(10), proof(r))})
	}
	return all
}

func proof(r diagnosis.Remedy) string {
	how := "None yet. "
	if r.Verified {
		how = "Decided again with the change: every check passes. "
		if len(r.Steps) > 1 {
			how = "Decided again with all changes: every check passes. "
		}
	}
	return strings.TrimRight(how+sentence(r.Because), " ")
}

// elsewhere reports whether a step's account goes without saying no longer: it is
// not that of the only blocker, which stands above.
func (m mail) elsewhere(s diagnosis.Step) bool {
	b := m.blockers()
	return len(b) != 1 || b[0].Account != s.Account || len(m.x.Remedy.Steps) > 1
}

// paste is what a step gives to paste: the statement and the commands, with what
// to consider before.
func (m mail) paste(s diagnosis.Step) []string {
	var lines []string
	// The requester's own ARN stands above.
	if s.Target != "" && s.Target != m.x.Denial.Principal.ARN {
		lines = append(lines, wrap(indent(4)+"Target  ", indent(12), arnValue(s.Target))...)
	}
	statement, err := pretty(s.Patch, 6)
	if err != nil {
		return append(lines, wrap(indent(4), indent(4), "No statement is shown: "+err.Error()+".")...)
	}
	label := "Statement"
	switch {
	case s.Kind == ofRequest:
		statement = nil // the title says it
	case s.Kind == replaceStatement && s.Diff != "":
		statement, label = diff(s.Diff), "Change"
	case !bytes.Contains(s.Patch, []byte(`"Effect"`)):
		label = "Change"
	}
	if len(statement) > 0 {
		lines = append(append(lines, indent(4)+label), statement...)
	}
	// A caution may begin with the name of a command, which has no capital letter.
	if caution := fit(s.Caution, mostSentence); caution != "" {
		lines = append(lines, wrap(indent(4)+"Note    ", indent(12), caution)...)
	}
	lines = append(lines, commands(s.Commands)...)
	if alone := fit(s.Alone, mostSentence); alone != "" && len(m.x.Remedy.Steps) > 1 && len(m.x.Remedy.Steps) <= mostAlone {
		lines = append(lines, wrap(indent(4)+"Alone   ", indent(12), alone)...)
	}
	return lines
}

// mostAlone is up to how many steps each is told with what it achieves alone.
const mostAlone = 3

// The kinds of steps whose patch is not what is shown.
const (
	ofRequest        = "request"
	replaceStatement = "replace-statement"
)

// diff writes what changes in a policy. Its lines are JSON, and stay so in ASCII; what
// would be a link is escaped in the way of JSON.
func diff(text string) []string {
	const most = 24
	var lines []string
	left := 0
	for l := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.Trim(l, "+- ") == "": // JSON has no such line
		case len(lines) == most:
			left++
		case strings.TrimSpace(l) == "…":
			lines = append(lines, indent(10)+"...") // lines that stay as they are
		default:
			lines = append(lines, strings.TrimRight(indent(6)+escape(l), " "))
		}
	}
	if left > 0 {
		lines = append(lines, indent(6)+"(and "+plural(left, "more line", "more lines")+")")
	}
	return lines
}

// commands are for a shell: on each line a command and nothing else.
func commands(all []string) []string {
	if len(all) == 0 {
		return nil
	}
	lines := []string{indent(4) + "Run"}
	saved := ""
	for _, c := range all {
		if !pasteable(c) {
			return append(lines[:0], indent(4)+"The commands are not fit to be pasted from a mail.")
		}
		// Between saving a document and putting it back it must be edited.
		if saved != "" && strings.Contains(c, "file://"+saved) {
			lines = append(lines, indent(4)+"Edit "+saved+" as above, then run")
		}
		lines = append(lines, indent(6)+c)
		saved = savedTo(c)
	}
	return lines
}

// pasteable reports whether a command can be copied from a mail as it is: one line
// that begins with a program we know, nothing hidden in it, and nothing that
// becomes a link but the names of files.
func pasteable(command string) bool {
	if !strings.HasPrefix(command, "aws ") && !strings.HasPrefix(command, "why403 ") {
		return false
	}
	bare := documentFile.ReplaceAllString(command, "$1")
	return clean.Terminal(command) == command && clean.Mail(bare) == bare
}

// documentFile matches the way that the AWS CLI names a file with a policy.
var documentFile = regexp.MustCompile(`file://([a-z0-9-]+\.json)\b`)

// savedTo returns the file that a command writes its output to.
func savedTo(command string) string {
	_, file, ok := strings.Cut(command, " > ")
	if !ok || !documentFile.MatchString("file://"+file) {
		return ""
	}
	return file
}
