package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/awstest"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/finding/dynamo"
)

// credentials has the AWS configuration of this computer left alone.
func credentials(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "credentials"),
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
}

// identity answers GetCallerIdentity.
func identity(t *testing.T, status int, answer string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", s.URL)
}

// TestFindingsTable goes the way of a person with a deployed stack: by the real SDK.
func TestFindingsTable(t *testing.T) {
	emulator := awstest.StartDynalite(t)
	cfg := emulator.Config(t.Context())
	credentials(t)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", aws.ToString(cfg.BaseEndpoint))
	identity(t, http.StatusOK, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/ops/eva</Arn><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	if err := awstest.CreateFindingsTable(t.Context(), cfg, "findings"); err != nil {
		t.Fatal(err)
	}
	store := dynamo.New(dynamodb.NewFromConfig(cfg), "findings")
	d := desk{env: map[string]string{"WHY403_TABLE": "findings", "LANG": "C.UTF-8", "NO_COLOR": "1"}, now: day}
	d.call(t, "findings", "list").expect(t, 0, []string{"No findings."}, nil)
	event := sample(t, "requester-pays.json")
	record := func(o finding.Occurrence) {
		o.Case = func() ([]byte, error) { return []byte(`{"format":"why403.case/v1","event":` + event + `}`), nil }
		if _, err := store.Record(t.Context(), []finding.Occurrence{o}); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range four() {
		record(o)
	}
	all := d.ids(t)
	if want := seeded(t, four()...).ids(t); !slices.Equal(all, want) {
		t.Fatalf("a table lists %v, a file %v", all, want)
	}
	for _, columns := range []int{80, 120} {
		d.columns = columns
		file := seeded(t, four()...)
		file.columns, file.env["NO_COLOR"] = columns, "1"
		if got, want := d.call(t, "findings", "list"), file.call(t, "findings", "list"); got != want {
			t.Errorf("a table is listed as\n%s%s, a file as\n%s%s", got.stdout, got.stderr, want.stdout, want.stderr)
		}
	}
	d.call(t, "findings", "show", all[0]).expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]", "GetObject home/report.csv from 203.0.113.7"}, nil)
	d.call(t, "findings", "show", strings.ToLower(all[0][:4])).expect(t, 0, []string{"finding " + all[0], "denied[IDENTITY_NO_ALLOW]"}, nil)
	d.call(t, "findings", "show", "QQ").expect(t, 1, nil, []string{`no such finding: "QQ"`})
	d.call(t, "findings", "show", "QQQQQQQQ").expect(t, 1, nil, []string{`no such finding: "QQQQQQQQ"`})
	d.call(t, "findings", "ack", all[0][:4], "QQQQQQQQ", all[1], "--reason", "at it").expect(t, 1,
		[]string{all[0] + " is acknowledged", all[1] + " is acknowledged"}, []string{"QQQQQQQQ: no such finding"})
	d.call(t, "findings", "show", all[0]).expect(t, 0, []string{"acknowledged by arn:aws:sts::111111111111:assumed-role/ops/eva: at"}, nil)
	d.call(t, "findings", "suppress", all[2], "--reason", "meant", "--until", "1w", "--by", "eva").expect(t, 0, []string{"suppressed until 2026-12-01"}, nil)
	if got, want := d.ids(t), []string{all[0], all[1], all[3]}; !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	if got := d.ids(t, "--status", "suppressed", "--bucket", "acme-data"); !slices.Equal(got, all[2:3]) {
		t.Errorf("suppressed are %v", got)
	}
	r := d.call(t, "findings", "export")
	r.expect(t, 0, []string{`"diagnosis":{"format":"` + diagnosis.Format, `"samples":[`}, nil)
	if n := strings.Count(r.stdout, "\n"); n != 4 {
		t.Errorf("%d findings exported", n)
	}
	d.call(t, "__complete", "findings", "show", strings.ToLower(all[0][:2])).expect(t, 0, []string{all[0] + "\tIAM policy: app, read on acme-data\n"}, nil)

	d.call(t, "diagnose", all[0][:4], all[1], "QQQQQQQQ").expect(t, 1, []string{"finding " + all[0] + "\ndenied[UNDETERMINED]", "finding " + all[1]}, []string{"QQQQQQQQ: no such file, and no such finding"})

	t.Run("more than one read has", func(t *testing.T) {
		for n := range 120 {
			record(happened(fmt.Sprint("role-", n), "acme-many", diagnosis.SCP, "999999999999", n))
		}
		if n := len(d.ids(t, "--bucket", "acme-many")); n != 120 {
			t.Errorf("%d findings", n)
		}
	})
	t.Run("a flag wins over the environment", func(t *testing.T) {
		d.call(t, "findings", "list", "--table", "none").expect(t, 1, nil, []string{"there is no table none in us-east-1", "FindingsTableName"})
		d.call(t, "findings", "list", "--table", "none", "--region", "eu-west-1").expect(t, 1, nil, []string{"there is no table none in eu-west-1"})
		d.call(t, "findings", "list", "--store", filepath.Join(t.TempDir(), "none.db")).expect(t, 1, nil, []string{"no findings store"})
		d.call(t, "findings", "list", "--store", "f", "--table", "findings").expect(t, 2, nil, []string{"--table and --store"})
	})
	t.Run("another table", func(t *testing.T) {
		client := dynamodb.NewFromConfig(cfg)
		must(t, func() error { return otherTable(t.Context(), client, "other") })
		d.call(t, "findings", "list", "--table", "other").expect(t, 1, nil, []string{"table other in us-east-1 is no table of findings"})
	})
}

// TestFindingsTableErrors: what AWS refuses is said in words, with what to do.
func TestFindingsTableErrors(t *testing.T) {
	credentials(t)
	d := desk{env: map[string]string{"WHY403_TABLE": "findings"}, now: day}
	for _, tt := range []struct{ code, message, args, want string }{
		{"AccessDeniedException", "User: eva is not authorized to perform: dynamodb:Query", "list", "lack dynamodb:Query on the table and on its indexes"},
		{"AccessDeniedException", "no", "show 7F3K2M9Q", "table findings in us-east-1: these credentials lack dynamodb:GetItem on the table"},
		{"AccessDeniedException", "no", "ack 7F3K2M9Q 9QX4TD00 --by eva", "lack dynamodb:GetItem"},
		{"ResourceNotFoundException", "Requested resource not found", "list", "there is no table findings in us-east-1"},
		{"ExpiredTokenException", "The security token included in the request is expired", "list", "credentials have expired"},
		{"UnrecognizedClientException", "The security token included in the request is invalid.", "list", "AWS does not know these credentials"},
		{"InvalidSignatureException", "Signature expired", "list", "clock"},
		{"ProvisionedThroughputExceededException", "slow", "list", "busy"},
		{"ValidationException", "The table does not have the specified index: by-status", "list", "no table of findings"},
		{"ValidationException", "something else", "list", "ValidationException: something else"},
		{"InternalServerError", "oops", "export", "InternalServerError: oops"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"__type":"com.amazon#%s","message":%q}`, tt.code, tt.message)
		}))
		t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", s.URL)
		r := d.call(t, append([]string{"findings"}, strings.Fields(tt.args)...)...)
		r.expect(t, 1, nil, []string{tt.want})
		for _, raw := range []string{"operation error", "StatusCode", "RequestID", "https response"} {
			if strings.Contains(r.stderr, raw) {
				t.Errorf("%s: the SDK speaks: %s", tt.code, r.stderr)
			}
		}
		if n := strings.Count(r.stderr, "\n"); n != 1 {
			t.Errorf("%s: said %d times: %s", tt.code, n, r.stderr)
		}
		s.Close()
	}
	t.Run("nobody answers", func(t *testing.T) {
		s := httptest.NewServer(nil)
		s.Close()
		t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", s.URL)
		d.call(t, "findings", "list").expect(t, 1, nil, []string{"DynamoDB in us-east-1 does not answer"})
		r := d.call(t, "__complete", "findings", "ack", "")
		r.expect(t, 0, []string{":36"}, nil)
	})
	t.Run("who is not told", func(t *testing.T) {
		identity(t, http.StatusForbidden, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`)
		d.call(t, "findings", "ack", "7F3K2M9Q").expect(t, 1, nil, []string{"may not call sts:GetCallerIdentity", "--by"})
	})
	t.Run("no credentials", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		d.call(t, "findings", "list").expect(t, 1, nil, []string{"there are no AWS credentials"})
	})
	t.Run("no Region", func(t *testing.T) {
		t.Setenv("AWS_REGION", "")
		d.call(t, "findings", "list").expect(t, 2, nil, []string{"no AWS Region is configured"})
	})
	t.Run("a profile whose role is closed", func(t *testing.T) {
		identity(t, http.StatusForbidden, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
		t.Setenv("AWS_CONFIG_FILE", write(t, "config", "[profile me]\naws_access_key_id=a\naws_secret_access_key=b\n[profile closed]\nrole_arn=arn:aws:iam::111111111111:role/closed\nsource_profile=me\n"))
		d.call(t, "findings", "list", "--profile", "closed").expect(t, 1, nil, []string{"the AWS profile gets no credentials: sts:AssumeRole. AWS says: not authorized"})
	})
	t.Run("nobody signed in", func(t *testing.T) {
		t.Setenv("HOME", t.TempDir())
		t.Setenv("AWS_CONFIG_FILE", write(t, "config", "[profile sso]\nsso_session=s\nsso_account_id=111111111111\nsso_role_name=r\n[sso-session s]\nsso_start_url=https://example.com/start\nsso_region=eu-west-1\n"))
		d.call(t, "findings", "list", "--profile", "sso").expect(t, 1, nil, []string{"sign-in has expired, or was never made: run 'aws sso login'"})
	})
	t.Run("no such profile", func(t *testing.T) {
		d.call(t, "findings", "list", "--profile", "nobody").expect(t, 1, nil, []string{`there is no AWS profile "nobody"`})
	})
}

// otherTable makes a table that is none of findings.
func otherTable(ctx context.Context, client *dynamodb.Client, name string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		return err
	}
	return dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 10 * time.Millisecond }).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute)
}
