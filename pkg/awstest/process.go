package awstest

import (
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
)

// tailLines is how much of a process's output goes into an error message.
const tailLines = 15

// output collects what a process writes to stdout and stderr. It is a file
// rather than a pipe: what the process has written is there at once, so that
// the lines of an invocation can be read as soon as it has been answered.
type output struct {
	file *os.File // without a name; closed by the runtime when nothing refers to it
}

func newOutput() (*output, error) {
	file, err := os.CreateTemp("", "awstest-")
	if err != nil {
		return nil, fmt.Errorf("creating a file for the output of a process: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("unlinking the file for the output of a process: %w", err)
	}
	return &output{file: file}, nil
}

// String returns everything written so far.
func (o *output) String() string {
	text, err := io.ReadAll(io.NewSectionReader(o.file, 0, math.MaxInt64))
	if err != nil {
		return fmt.Sprintf("%s\n(reading the output: %v)", text, err)
	}
	return string(text)
}

// tail returns the last lines written, or a note that there are none.
func (o *output) tail() string {
	text := strings.TrimRight(o.String(), "\n")
	if text == "" {
		return "(no output)"
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// process is a started child process with its output.
type process struct {
	cmd    *exec.Cmd
	out    *output
	exited chan struct{} // closed when the process is gone
	err    error         // result of Wait; read only after exited is closed
}

// startProcess starts cmd with its output going to out.
func startProcess(cmd *exec.Cmd, out *output) (*process, error) {
	p := &process{cmd: cmd, out: out, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out.file, out.file
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// stop kills the process and waits until it is gone. It may be called again.
func (p *process) stop() {
	// The only error is that the process has already finished.
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// status describes how the process ended. Call it only after exited is closed.
func (p *process) status() string {
	if p.err == nil {
		return "exit status 0"
	}
	return p.err.Error()
}
