package diagnosis_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shellCall is one call of aws as a POSIX shell makes it.
type shellCall struct {
	args []string // without aws itself
	file string   // to which its output goes, if any
}

// readCommand reads a command as a POSIX shell does, and returns the calls that it
// makes, in their order. It knows only what a command of a remedy may be made of, and
// refuses all else: whatever could end an argument early, expand or run something.
//
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
func readCommand(line string) ([]shellCall, error) {
	r := shellReader{rest: line}
	if err := r.command(""); err != nil {
		return nil, fmt.Errorf("%w, at %.80q", err, r.rest)
	}
	return r.calls, nil
}

type shellReader struct {
	rest  string
	calls []shellCall
}

// answer is what a call within another prints.
const answer = "v1"

// bare are the characters that stand for themselves without quotes.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

// command reads one call of aws up to the text that ends it.
func (r *shellReader) command(end string) error {
	var call shellCall
	for first := true; ; first = false {
		if end == "" && r.rest == "" || end != "" && strings.HasPrefix(r.rest, end) {
			r.rest = r.rest[len(end):]
			if len(call.args) < 1 || call.args[0] != "aws" {
				return fmt.Errorf("not a call of aws: %q", call.args)
			}
			call.args = call.args[1:]
			r.calls = append(r.calls, call)
			return nil
		}
		if !first && !r.skip(" ") {
			return errors.New("something after an argument")
		}
		if r.skip("> ") {
			file, err := r.word()
			if err != nil {
				return err
			}
			call.file = file
			continue
		}
		word, err := r.word()
		if err != nil {
			return err
		}
		call.args = append(call.args, word)
	}
}

func (r *shellReader) skip(s string) bool {
	rest, ok := strings.CutPrefix(r.rest, s)
	r.rest = rest
	return ok
}

// word reads one argument.
func (r *shellReader) word() (string, error) {
	var out strings.Builder
	for start := r.rest; ; {
		switch {
		case r.rest == "", r.rest[0] == ' ', r.rest[0] == ')':
			if start == r.rest {
				return "", errors.New("no argument")
			}
			return out.String(), nil
		case r.skip("'"):
			text, rest, ok := strings.Cut(r.rest, "'")
			if !ok {
				return "", errors.New("a quotation without end")
			}
			out.WriteString(text)
			r.rest = rest
		case r.skip(`\'`):
			out.WriteByte('\'')
		case r.skip(`"`):
			text, err := r.double()
			if err != nil {
				return "", err
			}
			out.WriteString(text)
		case strings.IndexByte(bare, r.rest[0]) >= 0:
			out.WriteByte(r.rest[0])
			r.rest = r.rest[1:]
		default:
			return "", errors.New("a character that is not quoted")
		}
	}
}

// double reads what is between double quotes: substitutions alone.
func (r *shellReader) double() (string, error) {
	const (
		setLF = `${PWD##*[/"${why403_nl:=$(printf '\012.')}"]*}`
		lf    = `${why403_nl%.}`
	)
	var out strings.Builder
	isSet := false
	for {
		switch {
		case r.skip(`"`):
			return out.String(), nil
		case r.skip(`$(printf '`):
			format, rest, ok := strings.Cut(r.rest, `')`)
			if !ok {
				return "", errors.New("a substitution without end")
			}
			r.rest = rest
			text, err := printed(format)
			if err != nil {
				return "", err
			}
			out.WriteString(strings.TrimRight(text, "\n"))
		case r.skip(setLF):
			isSet = true
		case isSet && r.skip(lf):
			out.WriteByte('\n')
		case r.skip("$("):
			if err := r.command(")"); err != nil {
				return "", err
			}
			out.WriteString(answer)
		default:
			return "", errors.New("text between double quotes")
		}
	}
}

// printed is what printf makes of a format without arguments.
func printed(format string) (string, error) {
	var out strings.Builder
	if strings.HasPrefix(format, "-") {
		return "", errors.New("a format that is an option")
	}
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '%' && strings.HasPrefix(format[i:], "%%"):
			out.WriteByte('%')
			i++
		case c == '\\':
			n, err := strconv.ParseUint(format[i+1:min(i+4, len(format))], 8, 8)
			if err != nil || n == 0 {
				return "", fmt.Errorf("the escape %q", format[i:min(i+4, len(format))])
			}
			out.WriteByte(byte(n))
			i += 3
		case c == '%', c == '!', c < ' ', c > '~':
			return "", fmt.Errorf("%q in a format", c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), nil
}

// TestShellModel: the model reads what a shell reads, and refuses what would be more
// than arguments.
func TestShellModel(t *testing.T) {
	for line, want := range map[string][]string{
		`aws s3 ls`:                        {"s3", "ls"},
		`aws a --b='c d'\''e'`:             {"a", "--b=c d'e"},
		`aws a --b="$(printf 'x\012y%%')"`: {"a", "--b=x\ny%"},
		`aws a --b="${PWD##*[/"${why403_nl:=$(printf '\012.')}"]*}${why403_nl%.}"`: {"a", "--b=\n"},
	} {
		calls, err := readCommand(line)
		if err != nil || len(calls) != 1 || !slices.Equal(calls[0].args, want) {
			t.Errorf("%s: %q, %v", line, calls, err)
		}
	}
	calls, err := readCommand(`aws a --b="$(aws c --d=e --output text)" --f=g > h`)
	if err != nil || len(calls) != 2 || !slices.Equal(calls[1].args, []string{"a", "--b=v1", "--f=g"}) || calls[1].file != "h" || calls[0].args[0] != "c" {
		t.Errorf("%q, %v", calls, err)
	}
	for _, line := range []string{
		"", "rm x", "aws a; rm b", "aws a b&", "aws `b`", "aws $(b)", "aws $b", `aws "a$b"`, `aws "$(rm)"`, "aws a\nrm b", "aws 'a", "aws a*", "aws ~", "aws a |b",
		`aws "$(printf '%s')"`, `aws "$(printf '-v')"`, "aws a  b", "aws a >b", "aws a)", "aws #b", "aws a{b,c}",
	} {
		if calls, err := readCommand(line); err == nil {
			t.Errorf("%q is read as %q", line, calls)
		}
	}
}
