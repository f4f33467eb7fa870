package iamsim

import (
	"bufio"
	"context"
	_ "embed" // for the driver
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Answer is what an engine says of a question. An engine that refuses a question
// says "error: " and why.
type Answer string

// The answers.
const (
	Allow        Answer = "allow"
	ExplicitDeny Answer = "explicit deny"
	ImplicitDeny Answer = "implicit deny"
	Unknown      Answer = "unknown" // ours only
)

// Question is a question to both engines. Q is its own type.
type Question[Q any] interface {
	Number() int
	// Asked is the question as JSON for the driver, which says what it knows.
	Asked() any
	Ours() Answer
	// Smaller returns the questions that are one step smaller.
	Smaller() []Q
}

// Engine is the other engine: a process that is asked over a pipe.
type Engine struct {
	Version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

//go:embed driver.mjs
var driver string

// start starts the driver with the engine that is installed in folder.
func start(ctx context.Context, folder string) (*Engine, error) {
	e := &Engine{cmd: exec.CommandContext(ctx, "node", "--input-type=module", "--eval", driver, folder)} //nolint:gosec // G204: the folder is the developer's own
	e.cmd.Stderr = os.Stderr
	var err error
	if e.in, err = e.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	e.out = bufio.NewScanner(out)
	var hello struct{ Version string }
	if err := e.read(&hello); err != nil {
		return nil, err
	}
	e.Version = hello.Version
	return e, nil
}

// stop ends the process.
func (e *Engine) stop() error {
	if err := e.in.Close(); err != nil {
		return err
	}
	return e.cmd.Wait()
}

func (e *Engine) read(into any) error {
	if !e.out.Scan() {
		if err := e.out.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(e.out.Bytes(), into)
}

// Ask returns the answers to questions, in their order. Questions are written while
// answers are read: neither pipe can fill up.
func Ask[Q Question[Q]](e *Engine, questions []Q) ([]Answer, error) {
	written := make(chan error, 1)
	go func() {
		w := bufio.NewWriter(e.in)
		for _, q := range questions {
			// An error stays with w, and Flush returns it.
			w.Write(Encode(q.Asked())) //nolint:errcheck // see above
			w.WriteByte('\n')          //nolint:errcheck // see above
		}
		written <- w.Flush()
	}()
	answers := make([]Answer, len(questions))
	for i, q := range questions {
		var said struct {
			ID     int
			Answer Answer
		}
		if err := e.read(&said); err != nil {
			return nil, err
		}
		if said.ID != q.Number() {
			return nil, fmt.Errorf("asked question %d, got the answer to %d", q.Number(), said.ID)
		}
		answers[i] = said.Answer
	}
	return answers, <-written
}
