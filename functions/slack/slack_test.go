package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	smithytime "github.com/aws/smithy-go/time"

	"why403/pkg/alert"
	"why403/pkg/alert/slack"
	"why403/pkg/awstest"
)

// token is what nobody may see of a webhook's URL.
const token = "T0EXAMPLE-B0EXAMPLE-hush"

// channel is a webhook on the loopback interface: it answers as a test says, the last
// answer again and again.
type channel struct {
	*httptest.Server
	mu      sync.Mutex
	answers []answer
	bodies  []string
}

type answer struct {
	status int // 0: the connection is closed without an answer
	header http.Header
	body   string
}

func openChannel(t *testing.T, answers ...answer) *channel {
	t.Helper()
	c := &channel{answers: answers}
	c.Server = httptest.NewTLSServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *channel) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	if err == nil {
		c.bodies = append(c.bodies, string(body))
	}
	a := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	c.mu.Unlock()
	if a.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body+" for "+r.URL.String())
}

func (c *channel) webhook() string { return c.URL + "/services/" + token }

// certificate is a file with the certificate to trust.
func (c *channel) certificate(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "webhook.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// message is an example of an alert, as SNS hands it to a function.
func message(t *testing.T) events.SNSEvent {
	t.Helper()
	doc, err := os.ReadFile("../../docs/alerts/several-accounts.json")
	if err != nil {
		t.Fatal(err)
	}
	return events.SNSEvent{Records: []events.SNSEventRecord{{SNS: events.SNSEntity{MessageID: "m1", Message: string(doc)}}}}
}

func TestDeliver(t *testing.T) {
	ok, busy := answer{status: 200, body: "ok"}, func(after string) answer {
		return answer{status: 429, header: http.Header{"Retry-After": {after}}, body: "rate_limited"}
	}
	broken, silent, gone, wrong := answer{status: 500}, answer{}, answer{status: 404, body: "no_service"}, answer{status: 400, body: "invalid_blocks"}
	for _, tt := range []struct {
		name    string
		answers []answer
		waits   []time.Duration
		posts   int
		wantErr string
	}{
		{"taken", []answer{ok}, nil, 1, ""},
		{"busy, and says how long", []answer{busy("7"), ok}, []time.Duration{7 * time.Second}, 2, ""},
		{"busy, and does not say how long", []answer{busy(""), ok}, []time.Duration{time.Second}, 2, ""},
		{"busy without end", []answer{busy("3")}, []time.Duration{3 * time.Second, 3 * time.Second, 4 * time.Second}, 4, "Slack answered 429"},
		{"busy for longer than there is time", []answer{busy("3600"), ok}, nil, 1, "no time to try again"},
		{"broken once", []answer{broken, ok}, []time.Duration{time.Second}, 2, ""},
		{"silent once", []answer{silent, ok}, []time.Duration{time.Second}, 2, ""},
		{"silent", []answer{silent}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4, "Slack did not answer"},
		{"refuses the message", []answer{wrong}, nil, 1, "Slack answered 400: invalid_blocks"},
		{"another webhook in its place", []answer{gone, ok}, nil, 2, ""},
		{"gone", []answer{gone}, nil, 2, "Slack answered 404: no_service"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openChannel(t, tt.answers...)
			var log strings.Builder
			var waits []time.Duration
			h := newHandler(c, &log)
			h.sleep = func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := h.handle(ctx, message(t))
			if (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if len(c.bodies) != tt.posts || len(waits) != len(tt.waits) {
				t.Fatalf("%d posts, waits %v; want %d, %v", len(c.bodies), waits, tt.posts, tt.waits)
			}
			for i, w := range tt.waits {
				if waits[i] != w {
					t.Errorf("waits %v, want %v", waits, tt.waits)
				}
			}
			if seen := log.String(); strings.Contains(seen, token) || err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the webhook can be seen: %v\n%s", err, seen)
			}
			var p slack.Payload
			if err := json.Unmarshal([]byte(c.bodies[0]), &p); err != nil || p.Check() != nil {
				t.Errorf("what was posted is no message: %v, %v", err, p.Check())
			}
		})
	}
}

func newHandler(c *channel, log io.Writer) *handler {
	return &handler{log: slog.New(slog.NewJSONHandler(log, nil)), sleep: smithytime.SleepWithContext, post: poster{client: c.Client()}.post,
		secret: &kept{read: func(context.Context) (string, error) { return c.webhook(), nil }}}
}

func TestWhatIsNoAlert(t *testing.T) {
	c := openChannel(t, answer{status: 200})
	for _, text := range []string{"", "{}", "hello", `{"format":"why403.alert/v2"}`} {
		event := message(t)
		event.Records[0].SNS.Message = text
		if err := newHandler(c, io.Discard).handle(t.Context(), event); err == nil || !strings.Contains(err.Error(), alert.EventFormat) {
			t.Errorf("%q: error %v", text, err)
		}
	}
	if len(c.bodies) > 0 {
		t.Errorf("posted %q", c.bodies)
	}
}

func TestWebhooksThatAreNone(t *testing.T) {
	for _, webhook := range []string{"http://hooks.example/" + token, "hooks.example/" + token, "https://", "https://\x7f/" + token, "file:///" + token} {
		err := poster{client: http.DefaultClient}.post(t.Context(), webhook, "{}")
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%q: error %v", webhook, err)
		}
	}
}

// TestLambda runs the function's binary, with the secrets of a moto server.
func TestLambda(t *testing.T) {
	moto := awstest.StartMoto(t)
	cfg := moto.Config(t.Context())
	binary := awstest.BuildLambda(t, "./functions/slack")
	c := openChannel(t, answer{status: 429, header: http.Header{"Retry-After": {"1"}}}, answer{status: 200, body: "ok"})
	secret, err := secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("webhook"), SecretString: aws.String(c.webhook() + "\n")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ssm.NewFromConfig(cfg).PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String("/why403/webhook"), Value: aws.String(c.webhook()), Type: ssmtypes.ParameterTypeSecureString})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(message(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]string{"secret": "WHY403_WEBHOOK_SECRET=" + aws.ToString(secret.ARN), "parameter": "WHY403_WEBHOOK_PARAMETER=/why403/webhook"} {
		f := awstest.StartRuntimeAPI(t, binary, append(moto.Env(), env, "AWS_LAMBDA_LOG_FORMAT=JSON", "SSL_CERT_FILE="+c.certificate(t))...)
		before := len(c.bodies)
		if _, functionErr, err := f.Invoke(t.Context(), payload); err != nil || functionErr != nil {
			t.Fatalf("%s: %v, %v", name, functionErr, err)
		}
		if len(c.bodies) <= before || !strings.Contains(c.bodies[before], "B0DFQTYF") {
			t.Errorf("%s: posted %q", name, c.bodies[before:])
		}
		if logs := f.Logs(); strings.Contains(logs, token) || !strings.Contains(logs, "alert posted") {
			t.Errorf("%s: log\n%s", name, logs)
		}
	}
	for name, env := range map[string][]string{"neither": nil, "both": {"WHY403_WEBHOOK_SECRET=a", "WHY403_WEBHOOK_PARAMETER=b"}} {
		f := awstest.StartRuntimeAPI(t, binary, append(moto.Env(), env...)...)
		if _, _, err := f.Invoke(t.Context(), payload); err == nil || !strings.Contains(err.Error(), "WHY403_WEBHOOK_SECRET") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	f := awstest.StartRuntimeAPI(t, binary, append(moto.Env(), "WHY403_WEBHOOK_PARAMETER=/why403/none", "AWS_LAMBDA_LOG_FORMAT=JSON")...)
	if _, functionErr, err := f.Invoke(t.Context(), payload); err != nil || functionErr == nil || !strings.Contains(functionErr.Message, "Systems Manager") {
		t.Errorf("no parameter: %v, %v", functionErr, err)
	}
}
