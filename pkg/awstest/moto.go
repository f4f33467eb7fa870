package awstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const (
	region    = "us-east-1"
	accessKey = "testing"
	secretKey = "testing"

	motoStartLimit = 60 * time.Second
)

// ErrNoMoto says that moto_server is not installed.
var ErrNoMoto = errors.New("moto_server is not installed; get it with: pip install 'moto[server]'")

// Moto is a running moto server.
type Moto struct {
	proc *process
	addr string // host:port
}

// StartMoto runs a moto server until the end of the test. The env entries
// ("KEY=value") are added to the server's environment, for its MOTO_* settings.
//
// Without moto_server the test is skipped; it fails if the environment variable
// CI is true, because there nothing may be left out unnoticed.
func StartMoto(t testing.TB, env ...string) *Moto {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), motoStartLimit)
	defer cancel()
	m, err := LaunchMoto(ctx, env...)
	if errors.Is(err, ErrNoMoto) && !inCI() {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	t.Cleanup(m.Close)
	return m
}

// LaunchMoto is StartMoto for TestMain: the caller closes the server. The error
// is ErrNoMoto if moto_server is not installed. The context bounds the start,
// not the life of the server.
func LaunchMoto(ctx context.Context, env ...string) (*Moto, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, fmt.Errorf("looking for moto_server on PATH: %w", ErrNoMoto)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, "-H", "127.0.0.1", "-p", "0") //nolint:gosec // path is where moto_server was found
	cmd.Env = append(motoEnviron(), env...)
	out, err := newOutput()
	if err != nil {
		return nil, err
	}
	proc, err := startProcess(cmd, out)
	if err != nil {
		return nil, err
	}
	addr, err := motoAddress(ctx, proc)
	if err != nil {
		proc.stop()
		return nil, err
	}
	return &Moto{proc: proc, addr: addr}, nil
}

// motoEnviron is the environment of this process without AWS settings, and
// with the addresses moto calls back kept off any proxy.
func motoEnviron() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AWS_") {
			env = append(env, kv)
		}
	}
	return append(env, "PYTHONUNBUFFERED=1", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost")
}

// motoAddress waits until the server has printed the address it listens on.
func motoAddress(ctx context.Context, proc *process) (string, error) {
	line := regexp.MustCompile(`Running on http://(127\.0\.0\.1:[0-9]+)`)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if m := line.FindStringSubmatch(proc.out.String()); m != nil {
			return m[1], nil
		}
		select {
		case <-tick.C:
		case <-proc.exited:
			if proc.cmd.ProcessState.ExitCode() == 127 {
				// A version manager's wrapper is on PATH without the program behind it.
				return "", fmt.Errorf("starting moto_server: %w\n%s", ErrNoMoto, proc.out.tail())
			}
			return "", fmt.Errorf("starting moto_server: ended with %s before it listened; last output:\n%s", proc.status(), proc.out.tail())
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for moto_server to listen: %w; last output:\n%s", ctx.Err(), proc.out.tail())
		}
	}
}

// inCI reports whether the test runs in continuous integration.
func inCI() bool {
	ci, err := strconv.ParseBool(os.Getenv("CI"))
	return err == nil && ci
}

// Close stops the server. It may be called more than once.
func (m *Moto) Close() { m.proc.stop() }

// URL is the server's address, without a trailing slash.
func (m *Moto) URL() string { return "http://" + m.addr }

// Config returns a client configuration for the server: region us-east-1, fixed
// keys of account 123456789012, and the SDK's usual retries.
//
// It is put together by hand instead of loaded, so that neither the user's
// profile nor AWS_CA_BUNDLE (which the SDK's loader refuses together with a
// plain http.Client) has a say. Every host name is dialled to the server,
// because some clients prefix the endpoint with an account or a bucket. The
// context is not used; it leaves room for a configuration that is loaded.
func (m *Moto) Config(context.Context) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = nil
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, m.addr)
		}
	})
	return aws.Config{
		Region:       region,
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		BaseEndpoint: aws.String(m.URL()),
		HTTPClient:   client,
	}
}

// Env returns environment entries that point a child process's AWS SDK at the
// server, to be appended to its environment. AWS_CA_BUNDLE, the session token
// and the profile are emptied, and the user's AWS files are out of the way.
func (m *Moto) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + m.URL(),
		"AWS_ACCESS_KEY_ID=" + accessKey,
		"AWS_SECRET_ACCESS_KEY=" + secretKey,
		"AWS_SESSION_TOKEN=",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CA_BUNDLE=",
	}
}

// Reset empties the server: every account, every service. Tests that share a
// server and call Reset must not run in parallel.
func (m *Moto) Reset(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL()+"/moto-api/reset", http.NoBody)
	if err != nil {
		return fmt.Errorf("resetting moto: %w", err)
	}
	resp, err := m.Config(ctx).HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("resetting moto: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("resetting moto: unexpected status %s", resp.Status)
	}
	return nil
}
