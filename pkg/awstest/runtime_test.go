package awstest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type echoResponse struct {
	Text      string `json:"text"`
	RequestID string `json:"request_id"`
	ARN       string `json:"arn"`
	LeftMS    int64  `json:"left_ms"`
}

func echoEvent(t *testing.T, do, text string) []byte {
	t.Helper()
	event, err := json.Marshal(map[string]string{"do": do, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func invokeEcho(t *testing.T, r *Runtime, do, text string) echoResponse {
	t.Helper()
	body, fnErr, err := r.Invoke(t.Context(), echoEvent(t, do, text))
	if err != nil || fnErr != nil {
		t.Fatalf("Invoke: function error %v, error %v", fnErr, err)
	}
	var res echoResponse
	if err := json.Unmarshal(body, &res); err != nil {
		t.Fatalf("response %q: %v", body, err)
	}
	return res
}

// wantGone checks that the runtime reports a dead process instead of waiting.
func wantGone(t *testing.T, r *Runtime, want ...string) {
	t.Helper()
	_, fnErr, err := r.Invoke(t.Context(), echoEvent(t, "echo", "x"))
	if fnErr != nil || !errors.Is(err, ErrExited) {
		t.Fatalf("Invoke: function error %v, error %v; want ErrExited", fnErr, err)
	}
	wantText(t, err.Error(), want...)
}

func wantText(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q is not in %q", w, got)
		}
	}
}

func TestRuntime(t *testing.T) {
	binary := BuildLambda(t, "./pkg/awstest/testdata/echo")

	t.Run("success", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		r.SetTimeout(20 * time.Second)
		for i, id := range []string{"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"} {
			res := invokeEcho(t, r, "echo", "hello")
			if res.Text != "hello" || res.RequestID != id || res.ARN != functionARN {
				t.Errorf("invocation %d: got %+v", i, res)
			}
			if res.LeftMS < 1000 || res.LeftMS > 20_000 {
				t.Errorf("invocation %d: %d ms left, want a little under 20 s", i, res.LeftMS)
			}
		}
		wantText(t, r.Logs(), "got echo\ngot echo\n")
	})

	t.Run("concurrent invocations take turns", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		var wg sync.WaitGroup
		for _, text := range []string{"a", "b", "c", "d", "e"} {
			event := echoEvent(t, "echo", text)
			wg.Go(func() {
				body, fnErr, err := r.Invoke(t.Context(), event)
				if err != nil || fnErr != nil || !strings.Contains(string(body), `"text":"`+text+`"`) {
					t.Errorf("%s: got %s, function error %v, error %v", text, body, fnErr, err)
				}
			})
		}
		wg.Wait()
	})

	t.Run("environment", func(t *testing.T) {
		t.Setenv("AWS_CA_BUNDLE", "/no/such/file")
		t.Setenv("AWS_PROFILE", "someone")
		r := StartRuntimeAPI(t, binary, "AWS_REGION=eu-west-1", "TABLE=findings")
		for key, want := range map[string]string{
			"AWS_CA_BUNDLE":            "",
			"AWS_PROFILE":              "",
			"AWS_LAMBDA_FUNCTION_NAME": "local",
			"AWS_REGION":               "eu-west-1",
			"TABLE":                    "findings",
		} {
			if got := invokeEcho(t, r, "env", key).Text; got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
	})

	t.Run("returned error", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		body, fnErr, err := r.Invoke(t.Context(), echoEvent(t, "fail", "no luck"))
		if err != nil || body != nil || fnErr == nil {
			t.Fatalf("got %s, function error %v, error %v", body, fnErr, err)
		}
		if fnErr.Type != "errorString" || fnErr.Message != "no luck" || fnErr.Error() != "errorString: no luck" {
			t.Errorf("got %+v", fnErr)
		}
		if got := invokeEcho(t, r, "echo", "still here").Text; got != "still here" {
			t.Errorf("after the error: %q", got)
		}
	})

	t.Run("panic", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		_, fnErr, err := r.Invoke(t.Context(), echoEvent(t, "panic", "oh no"))
		if err != nil || fnErr == nil {
			t.Fatalf("got function error %v, error %v", fnErr, err)
		}
		if fnErr.Message != "oh no" {
			t.Errorf("got %+v", fnErr)
		}
		wantText(t, string(fnErr.Payload), "stackTrace", "echo/main.go")
		wantGone(t, r, "exit status 1", "oh no")
	})

	t.Run("process exit", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		_, fnErr, err := r.Invoke(t.Context(), echoEvent(t, "exit", "giving up"))
		if fnErr != nil || !errors.Is(err, ErrExited) {
			t.Fatalf("got function error %v, error %v; want ErrExited", fnErr, err)
		}
		wantText(t, err.Error(), "exit status 3", "got exit\ngiving up")
		wantGone(t, r, "exit status 3", "giving up")
	})

	t.Run("exit at the start", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary, "ECHO_FAIL_START=no configuration")
		wantGone(t, r, "exit status 2", "no configuration")
	})

	t.Run("timeout", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		r.SetTimeout(200 * time.Millisecond)
		_, fnErr, err := r.Invoke(t.Context(), echoEvent(t, "hang", ""))
		if fnErr != nil || !errors.Is(err, ErrTimeout) {
			t.Fatalf("got function error %v, error %v; want ErrTimeout", fnErr, err)
		}
		wantText(t, err.Error(), "after 200ms", "got hang")
		wantGone(t, r)
	})

	t.Run("cancelled", func(t *testing.T) {
		r := StartRuntimeAPI(t, binary)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, fnErr, err := r.Invoke(ctx, echoEvent(t, "hang", ""))
		if fnErr != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got function error %v, error %v; want the context's error", fnErr, err)
		}
		wantGone(t, r)
	})
}

func TestCompileLambdaReportsCompilerErrors(t *testing.T) {
	_, err := CompileLambda(t.Context(), t.TempDir(), "./pkg/awstest/testdata/missing")
	if err == nil {
		t.Fatal("no error for a missing package")
	}
	wantText(t, err.Error(), "building ./pkg/awstest/testdata/missing", "directory not found")
}

func TestStartRuntimeAPIWithoutBinary(t *testing.T) {
	got := outcomeOf(t, func(tb testing.TB) { StartRuntimeAPI(tb, filepath.Join(t.TempDir(), "none")) })
	wantText(t, got.fatal, "starting", "no such file")
}

func TestInitErrorIsInTheLogs(t *testing.T) {
	out, err := newOutput()
	if err != nil {
		t.Fatal(err)
	}
	r := &Runtime{out: out}
	req := httptest.NewRequest(http.MethodPost, "/2018-06-01/runtime/init/error", strings.NewReader(`{"errorMessage":"bad"}`))
	res := httptest.NewRecorder()
	r.handler().ServeHTTP(res, req)
	if res.Code != http.StatusAccepted {
		t.Errorf("status is %d", res.Code)
	}
	wantText(t, out.tail(), `init error: {"errorMessage":"bad"}`)
}
