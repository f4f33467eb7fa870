package difftest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// engine is the other engine: a process that is asked over a pipe.
type engine struct {
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// start starts the driver with the engine that is installed in folder.
func start(folder string) (*engine, error) {
	e := &engine{cmd: exec.Command("node", "testdata/driver.mjs", folder)}
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
	e.version = hello.Version
	return e, nil
}

// stop ends the process.
func (e *engine) stop() error {
	if err := e.in.Close(); err != nil {
		return err
	}
	return e.cmd.Wait()
}

func (e *engine) read(into any) error {
	if !e.out.Scan() {
		if err := e.out.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(e.out.Bytes(), into)
}

// ask returns the answers to questions, in their order. Questions are written while
// answers are read: neither pipe can fill up.
func (e *engine) ask(questions []*question) ([]answer, error) {
	written := make(chan error, 1)
	go func() {
		w := bufio.NewWriter(e.in)
		for _, q := range questions {
			// An error stays with w, and Flush returns it.
			w.Write(encode(q)) //nolint:errcheck // see above
			w.WriteByte('\n')  //nolint:errcheck // see above
		}
		written <- w.Flush()
	}()
	answers := make([]answer, len(questions))
	for i, q := range questions {
		var said struct {
			ID     int
			Answer answer
		}
		if err := e.read(&said); err != nil {
			return nil, err
		}
		if said.ID != q.ID {
			return nil, fmt.Errorf("asked question %d, got the answer to %d", q.ID, said.ID)
		}
		answers[i] = said.Answer
	}
	return answers, <-written
}
