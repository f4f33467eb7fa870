package awstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const dynaliteStartLimit = 60 * time.Second

// ErrNoDynalite says that dynalite is not installed.
var ErrNoDynalite = errors.New("dynalite is not installed; get it with: npm install --global dynalite")

// Dynalite is a running dynalite: an emulation of DynamoDB that, unlike moto, answers
// several clients at once and checks a condition and writes in one step.
type Dynalite struct {
	proc *process
	moto Moto // where its configuration comes from
}

// StartDynalite runs dynalite until the end of the test. Without it the test is skipped.
func StartDynalite(t testing.TB) *Dynalite {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), dynaliteStartLimit)
	defer cancel()
	d, err := launchDynalite(ctx)
	if errors.Is(err, ErrNoDynalite) {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	t.Cleanup(d.proc.stop)
	return d
}

func launchDynalite(ctx context.Context) (*Dynalite, error) {
	path, err := exec.LookPath("dynalite")
	if err != nil {
		return nil, fmt.Errorf("looking for dynalite on PATH: %w", ErrNoDynalite)
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, "--host", "127.0.0.1", "--port", port, "--createTableMs", strconv.Itoa(1)) //nolint:gosec // path is where dynalite was found
	out, err := newOutput()
	if err != nil {
		return nil, err
	}
	proc, err := startProcess(cmd, out)
	if err != nil {
		return nil, err
	}
	d := &Dynalite{proc: proc, moto: Moto{addr: addr}}
	if err := d.wait(ctx, addr); err != nil {
		proc.stop()
		return nil, err
	}
	return d, nil
}

// freeAddress is one that nobody listens on: dynalite does not say which it chose.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func (d *Dynalite) wait(ctx context.Context, addr string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-d.proc.exited:
			return fmt.Errorf("starting dynalite: ended with %s before it listened; last output:\n%s", d.proc.status(), d.proc.out.tail())
		case <-ctx.Done():
			return fmt.Errorf("waiting for dynalite to listen: %w; last output:\n%s", ctx.Err(), d.proc.out.tail())
		}
	}
}

// URL is its address, without a trailing slash.
func (d *Dynalite) URL() string { return d.moto.URL() }

// Config returns a client configuration for it.
func (d *Dynalite) Config(ctx context.Context) aws.Config { return d.moto.Config(ctx) }
