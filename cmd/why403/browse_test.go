package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestBrowseNeedsATerminal: whoever pipes it is told what to use instead.
func TestBrowseNeedsATerminal(t *testing.T) {
	d := seeded(t, four()...)
	d.call(t, "findings", "browse").expect(t, 2, nil, []string{"needs a terminal", "why403 findings list"})
	d.columns = 80 // the output is one, the input is not
	d.call(t, "findings", "browse").expect(t, 2, nil, []string{"needs a terminal"})
	d.call(t, "findings", "browse", "--output", "json").expect(t, 2, nil, []string{"--output"})
}

// pane is a program in a terminal of tmux.
type pane struct {
	testing.TB
	socket string
}

// terminal runs a shell command in a terminal.
func terminal(t *testing.T, width, height, command string) pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed: the browser is not tried in a real terminal")
	}
	p := pane{t, filepath.Join(t.TempDir(), "tmux")}
	p.tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", width, "-y", height, command)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", p.socket, "kill-server").Run() })
	p.tmux("set-option", "-s", "set-clipboard", "on")
	return p
}

func (p pane) tmux(args ...string) string {
	p.Helper()
	out, err := exec.CommandContext(p.Context(), "tmux", append([]string{"-S", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// until waits until the screen has a text, and returns it.
func (p pane) until(text string) string {
	p.Helper()
	const patience = 30 * time.Second // of a busy computer; it takes milliseconds
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		screen := p.tmux("capture-pane", "-p")
		if strings.Contains(screen, text) {
			return screen
		}
		if time.Now().After(end) {
			p.Fatalf("the screen never has %q:\n%s", text, screen)
		}
	}
}

func (p pane) keys(keys ...string) {
	p.Helper()
	p.tmux(append([]string{"send-keys"}, keys...)...)
}

// TestBrowseInTerminal is the program as people run it, over the sample events.
func TestBrowseInTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the program is compiled")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed: the browser is not tried in a real terminal")
	}
	dir := t.TempDir()
	program, store := filepath.Join(dir, "why403"), filepath.Join(dir, "findings.db")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	ours := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), program, append(args, "--store", store)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "USER=anna")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("why403 %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
	ours("audit", "../../events")

	browse := "cd " + dir + "; echo before; NO_COLOR=1 LC_ALL=C.UTF-8 USER=anna ./why403 findings browse --store findings.db; echo after: $?; read wait"
	p := terminal(t, "80", "24", browse)
	masked := regexp.MustCompile(`latest \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	same := func(name, screen string) {
		t.Helper()
		golden(t, name, masked.ReplaceAllString(screen, "latest (just now)         "))
	}
	p.until("  seen    ")
	same("browse-list.txt", p.until("  alerts  "))

	p.keys("/", "b", "o", "u", "n", "d", "a", "r", "y", "Enter")
	p.until(`filter "boundary"`)
	p.keys("Enter")
	p.until("line 1 of")
	p.keys("/", "f", "i", "x", "Enter")
	same("browse-finding.txt", p.until("match 1 of"))
	p.keys("y")
	p.until("copied, if the terminal lets it")
	id := strings.TrimSpace(p.tmux("show-buffer"))
	if len(id) != fullID {
		t.Errorf("copied %q, want the id of a finding", id)
	}

	p.keys("s", "m", "e", "a", "n", "t", "Enter", "3", "0", "d", "Enter")
	p.until("y yes, n no")
	p.keys("y")
	p.until(id + " is suppressed")
	p.until(" by anna:")
	if got := ours("findings", "list", "--status", "suppressed"); !strings.Contains(got, id) {
		t.Errorf("the store has not that it is suppressed:\n%s", got)
	}
	p.keys("q")
	if got := strings.TrimSpace(p.until("after: ")); got != "before\nafter: 0" {
		t.Errorf("something is left on the screen:\n%s", got)
	}

	// In a terminal of its own: tmux restores none that was resized meanwhile.
	p = terminal(t, "80", "24", browse)
	p.until("  alerts  ")
	p.keys("4")
	p.until("suppressed: ")
	p.tmux("resize-window", "-x", "120", "-y", "40")
	p.until("│ finding " + id)
	p.keys("C-c")
	p.until("after: 0")
}
