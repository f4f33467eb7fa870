package clean_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestShell(t *testing.T) {
	const (
		defineLF = `${PWD##*[/"${why403_nl:=$(printf '\012.')}"]*}`
		lf       = `${why403_nl%.}`
	)
	specify(t, clean.Shell, []row{
		{"arn", "arn:aws:s3:::acme-data/home/report_1.csv", "arn:aws:s3:::acme-data/home/report_1.csv"},
		{"s3 uri", "s3://acme-data/x", "s3://acme-data/x"},
		{"empty", "", "''"},
		{"space", "my report", "'my report'"},
		{"wildcard", "acme/*", "'acme/*'"},
		{"substitution", "$(rm -rf ~)", "'$(rm -rf ~)'"},
		{"command", ";reboot", "';reboot'"},
		{"single quote", "it's", `'it'\''s'`},
		{"double quote", `a"b`, `'a"b'`},
		{"history", "a!b", "'a!b'"},
		{"backslash", `CORP\alice`, `'CORP\alice'`},
		{"option", "--option", "--option"},
		{"zsh equals", "=ls", "'=ls'"},
		{"letters", "façade", "'façade'"},
		{"nul", "a\x00b", "'a␀b'"},

		{"line feed", "a\nb", `"$(printf 'a\012b')"`},
		{"escape", "\x1b[31m", `"$(printf '\033[31m')"`},
		{"octal before a digit", "\x011", `"$(printf '\0011')"`},
		{"invalid byte", "caf\xe9", `"$(printf 'caf\351')"`},
		{"bidi", "a\u202e", `"$(printf 'a\342\200\256')"`},
		{"format verbs", "%s\n%", `"$(printf '%%s\012%%')"`},
		{"all that is special there", "-'\"\\!`$\x01", `"$(printf '\055\047\042\134\041\140$\001')"`},
		{"backtick", "`id`", `"$(printf '\140id\140')"`},
		{"link", "https://a.b/c.d", `"$(printf 'https\072//a\056b/c.d')"`},
		{"s3 uri there", "\x8bs3://a", `"$(printf '\213s3\072//a')"`},
		{"escape imitated", `\x1b`, `"$(printf '\134x1b')"`},
		{"line feed last", "a\n", `"$(printf 'a')` + defineLF + lf + `"`},
		{"line feeds only", "\n\n", `"` + defineLF + lf + lf + `"`},
	})
}

func TestShellHostile(t *testing.T) {
	overCorpus(t, shellHolds)
}

func FuzzShell(f *testing.F) {
	seed(f)
	f.Fuzz(shellHolds)
}

func shellHolds(t *testing.T, text string) {
	got := clean.Shell(text)
	want := withoutNUL(text)
	if read, err := readArgument(got); err != nil || read != want {
		t.Errorf("%q became %s, which reads as %q (%v)", text, got, read, err)
	}
	mustSafe(t, text, got, errors.Join(cleantest.CheckTerminal(got), cleantest.CheckMail("  aws s3 ls "+got)))

	// A command is shown in other sinks and must still be that command.
	if shown := clean.Terminal(got); shown != got {
		t.Errorf("%s becomes %s in a terminal", got, shown)
	}
	if shown := clean.Mail(got); shown != got {
		t.Errorf("%s becomes %s in mail", got, shown)
	}
	if shown := slackShows(clean.SlackCode(got)); shown != got {
		t.Errorf("%s becomes %s in Slack", got, shown)
	}
}

// TestShellRuns lets the shells themselves read every hostile text, all in one
// run, so that one argument cannot disturb the next.
func TestShellRuns(t *testing.T) {
	for _, c := range []struct {
		name    string
		command []string
		setup   string
	}{
		{"sh", []string{"sh"}, "set -eu"},
		{"dash", []string{"dash"}, "set -eu"},
		{"bash", []string{"bash"}, "set -eu"},
		{"bash posix", []string{"bash", "--posix"}, "set -eu"},
		{"bash with history", []string{"bash", "--norc"}, "set -eu; set -o history; set -H"},
		{"bash in C locale", []string{"env", "LC_ALL=C", "bash"}, "set -eu"},
		{"other separators", []string{"sh"}, "set -eu; IFS=,a"},
		{"busybox", []string{"busybox", "sh"}, "set -eu"},
		{"ksh", []string{"ksh"}, "set -eu"},
		{"mksh", []string{"mksh"}, "set -eu"},
		{"zsh", []string{"zsh", "-f"}, "set -eu"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.command[0]); err != nil {
				t.Skip(err)
			}
			var script, want strings.Builder
			fmt.Fprintln(&script, c.setup)
			for _, hostile := range cleantest.Hostile() {
				fmt.Fprintf(&script, "printf '%%s\\000' %s\n", clean.Shell(hostile.Text))
				want.WriteString(withoutNUL(hostile.Text) + "\x00")
			}
			command := exec.Command(c.command[0], c.command[1:]...)
			command.Stdin = strings.NewReader(script.String())
			command.Dir = t.TempDir()
			var problems strings.Builder
			command.Stderr = &problems
			got, err := command.Output()
			if err != nil || problems.Len() > 0 {
				t.Fatalf("%v: %s", err, problems.String())
			}
			read := strings.Split(string(got), "\x00")
			for i, text := range strings.Split(want.String(), "\x00") {
				if i >= len(read) || read[i] != text {
					t.Fatalf("argument %d: want %q, got %q", i, text, read[min(i, len(read)-1)])
				}
			}
			if len(read) != strings.Count(want.String(), "\x00")+1 {
				t.Fatalf("%d arguments too many", len(read))
			}
		})
	}
}

func withoutNUL(text string) string {
	return strings.ReplaceAll(text, "\x00", "␀")
}

// readArgument reads one argument by the rules of POSIX, as far as Shell makes
// use of them, and refuses everything else: whatever could end the argument or
// start a command.
func readArgument(word string) (string, error) {
	const (
		defineLF = `${PWD##*[/"${why403_nl:=$(printf '\012.')}"]*}`
		lf       = `${why403_nl%.}`
	)
	if word == "" {
		return "", errors.New("no argument at all")
	}
	if strings.HasPrefix(word, `"`) {
		rest := word[1:]
		var out string
		if after, ok := strings.CutPrefix(rest, `$(printf '`); ok {
			format, after, ok := strings.Cut(after, `')`)
			if !ok {
				return "", errors.New("substitution without end")
			}
			printed, err := printf(format)
			if err != nil {
				return "", err
			}
			if strings.HasSuffix(printed, "\n") {
				return "", errors.New("the shell drops a line feed at the end")
			}
			out, rest = printed, after
		}
		if after, ok := strings.CutPrefix(rest, defineLF); ok {
			rest = after
			for strings.HasPrefix(rest, lf) {
				out, rest = out+"\n", rest[len(lf):]
			}
		}
		if rest != `"` {
			return "", fmt.Errorf("unexpected %s", rest)
		}
		return out, nil
	}
	var out strings.Builder
	for word != "" {
		switch {
		case strings.HasPrefix(word, "'"):
			text, after, ok := strings.Cut(word[1:], "'")
			if !ok {
				return "", errors.New("quote without end")
			}
			out.WriteString(text)
			word = after
		case strings.HasPrefix(word, `\'`):
			out.WriteByte('\'')
			word = word[2:]
		case strings.Contains("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-", word[:1]):
			out.WriteByte(word[0])
			word = word[1:]
		default:
			return "", fmt.Errorf("bare %q", word[:1])
		}
	}
	return out.String(), nil
}

// printf does what the command of that name does with a format that takes no
// arguments.
func printf(format string) (string, error) {
	if strings.HasPrefix(format, "-") {
		return "", errors.New("format read as an option")
	}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		switch format[i] {
		case '%':
			if !strings.HasPrefix(format[i:], "%%") {
				return "", errors.New("conversion in the format")
			}
			out.WriteByte('%')
			i++
		case '\\':
			var n int
			if _, err := fmt.Sscanf(format[i+1:min(i+4, len(format))], "%3o", &n); err != nil || n > 0xFF {
				return "", fmt.Errorf("escape in %q", format[i:])
			}
			out.WriteByte(byte(n))
			i += 3
		case '\'', '!', '"', '`':
			return "", fmt.Errorf("bare %q in the format", format[i])
		default:
			out.WriteByte(format[i])
		}
	}
	return out.String(), nil
}
