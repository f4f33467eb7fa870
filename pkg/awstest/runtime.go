package awstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// defaultTimeout is generous: most tests are not about time.
	defaultTimeout = time.Minute
	// pickUpLimit is how long a function may take from its start, or from its
	// last answer, to asking for the next invocation.
	pickUpLimit = 30 * time.Second
)

var (
	// ErrExited says that the function's process is gone.
	ErrExited = errors.New("the function's process has ended")
	// ErrTimeout says that the function did not act in time. Its process has
	// been killed.
	ErrTimeout = errors.New("the function timed out")
)

// FunctionError is the error a function has reported for an invocation.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
	Payload []byte `json:"-"` // the report as sent, with the stack trace of a panic
}

// Error implements error.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Runtime runs a function's bootstrap binary against a local Lambda Runtime API.
// It handles one invocation at a time, as an execution environment does.
type Runtime struct {
	proc  *process
	out   *output          // of the process, and what it reports when it cannot start
	queue chan *invocation // unbuffered: a send succeeds when the function asks
	turn  chan struct{}    // holds one token while an invocation is under way

	mu      sync.Mutex
	timeout time.Duration
	count   int
	current *invocation
}

type invocation struct {
	id      string
	payload []byte
	timeout time.Duration
	answer  chan answer // buffered: the server never waits for Invoke
}

type answer struct {
	body   []byte
	failed bool
}

// StartRuntimeAPI starts the binary until the end of the test. The env entries
// ("KEY=value") are added to the function's environment, which holds otherwise
// only what Lambda sets, without credentials, and PATH, TMPDIR and GOCOVERDIR of
// the test. For calls to AWS, pass [Moto.Env]. If the test fails, the function's
// output is logged.
func StartRuntimeAPI(t testing.TB, binary string, env ...string) *Runtime {
	t.Helper()
	binary, err := filepath.Abs(binary)
	if err != nil {
		t.Fatalf("awstest: finding the function's binary: %v", err)
	}
	out, err := newOutput()
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	r := &Runtime{
		out:     out,
		queue:   make(chan *invocation),
		turn:    make(chan struct{}, 1),
		timeout: defaultTimeout,
	}
	server := httptest.NewServer(r.handler())
	t.Cleanup(server.Close)

	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Dir = filepath.Dir(binary)
	cmd.Env = append(functionEnviron(strings.TrimPrefix(server.URL, "http://"), cmd.Dir), env...)
	r.proc, err = startProcess(cmd, r.out)
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	t.Cleanup(func() { // runs before the server is closed, which waits for open requests
		r.proc.stop()
		if t.Failed() {
			t.Logf("output of the function:\n%s", r.Logs())
		}
	})
	return r
}

// functionEnviron is the environment Lambda gives a function.
func functionEnviron(api, taskRoot string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=local",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/local",
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
		"LAMBDA_TASK_ROOT=" + taskRoot,
		"_HANDLER=bootstrap",
		"TZ=:UTC",
	}
	for _, key := range []string{"PATH", "TMPDIR", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+v)
		}
	}
	return env
}

// Kill kills the function's process at once, as a machine does that is lost.
func (r *Runtime) Kill() { r.proc.stop() }

// SetTimeout sets the time the function gets for each following invocation; it
// is one minute at the start. The function is told the deadline, and it is
// killed when the deadline passes, as Lambda does.
func (r *Runtime) SetTimeout(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeout = d
}

// Logs returns what the function has written to stdout and stderr.
func (r *Runtime) Logs() string { return r.out.String() }

// Invoke hands the payload to the function and waits for its answer. The answer
// is a response, or the error the function has reported. The last result is for
// the case that there is no answer: the process has ended ([ErrExited]), took
// too long ([ErrTimeout]), or ctx was done. It quotes the last lines of the
// function's output. After any of these, and after a panic, the process is gone
// and a new Runtime is needed.
func (r *Runtime) Invoke(ctx context.Context, payload []byte) (response []byte, functionErr *FunctionError, err error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("waiting for another invocation to finish: %w", ctx.Err())
	}
	in := r.newInvocation(payload)
	if err := r.hand(ctx, in); err != nil {
		return nil, nil, fmt.Errorf("handing an invocation to the function: %w", r.stopped(err))
	}
	a, err := r.await(ctx, in)
	if err != nil {
		return nil, nil, fmt.Errorf("waiting for the function's answer: %w", r.stopped(err))
	}
	if !a.failed {
		return a.body, nil, nil
	}
	functionErr = &FunctionError{Payload: a.body}
	if err := json.Unmarshal(a.body, functionErr); err != nil {
		return nil, nil, fmt.Errorf("reading the function's error report %q: %w", a.body, err)
	}
	return nil, functionErr, nil
}

// newInvocation makes the invocation the current one.
func (r *Runtime) newInvocation(payload []byte) *invocation {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	r.current = &invocation{
		id:      fmt.Sprintf("00000000-0000-4000-8000-%012d", r.count),
		payload: payload,
		timeout: r.timeout,
		answer:  make(chan answer, 1),
	}
	return r.current
}

// hand waits until the function asks for an invocation and gives it this one.
func (r *Runtime) hand(ctx context.Context, in *invocation) error {
	limit := time.NewTimer(pickUpLimit)
	defer limit.Stop()
	select {
	case r.queue <- in:
		return nil
	case <-r.proc.exited:
		return ErrExited
	case <-limit.C:
		return fmt.Errorf("%w: it asked for no invocation within %s", ErrTimeout, pickUpLimit)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await waits for the answer to an invocation the function has taken.
func (r *Runtime) await(ctx context.Context, in *invocation) (answer, error) {
	limit := time.NewTimer(in.timeout)
	defer limit.Stop()
	var err error
	select {
	case a := <-in.answer:
		return a, nil
	case <-r.proc.exited:
		err = ErrExited
	case <-limit.C:
		err = fmt.Errorf("%w after %s", ErrTimeout, in.timeout)
	case <-ctx.Done():
		err = ctx.Err()
	}
	select {
	case a := <-in.answer: // it answered first, and then ended
		return a, nil
	default:
		return answer{}, err
	}
}

// stopped makes sure that the process is gone, so that it cannot disturb later
// invocations, and adds its last words to the error.
func (r *Runtime) stopped(err error) error {
	r.proc.stop()
	if errors.Is(err, ErrExited) {
		err = fmt.Errorf("%w with %s", err, r.proc.status())
	}
	return fmt.Errorf("%w; last output:\n%s", err, r.out.tail())
}
