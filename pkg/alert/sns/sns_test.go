package sns

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"why403/pkg/alert"
	"why403/pkg/awstest"
	"why403/pkg/finding"
)

const topic = "arn:aws:sns:us-east-1:222222222222:why403-alerts"

// published keeps what is published.
type published struct {
	in  []*sns.PublishInput
	err error
}

func (p *published) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	p.in = append(p.in, in)
	return &sns.PublishOutput{}, p.err
}

func message() alert.Message {
	return alert.Message{
		FindingID: "7QK4M2ZT", Reason: alert.NewFinding,
		Subject: "role report-builder denied on acme-data", Body: "Why, who and what.\n",
		Attributes: map[string]string{"cause": "IDENTITY_NO_ALLOW", "bucket": "acme-data"},
	}
}

func TestSend(t *testing.T) {
	api := &published{}
	if err := New(api, Topics{People: topic}).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	text := func(s string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &s}
	}
	want := []*sns.PublishInput{{
		TopicArn: aws.String(topic),
		Subject:  aws.String("role report-builder denied on acme-data"), Message: aws.String("Why, who and what.\n"),
		MessageAttributes: map[string]types.MessageAttributeValue{"cause": text("IDENTITY_NO_ALLOW"), "bucket": text("acme-data")},
	}}
	opts := cmpopts.IgnoreUnexported(sns.PublishInput{}, types.MessageAttributeValue{})
	if diff := cmp.Diff(want, api.in, opts); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// Each kind of reader gets its form, and people the topic of a route.
func TestSendToEachTopic(t *testing.T) {
	m := alert.Compose(finding.Finding{ID: "7QK4M2ZT", Status: finding.Open}, alert.NewFinding, time.Time{}, alert.Options{}, alert.Facts{})
	m.Topic = topic + "-route"
	api := &published{}
	if err := New(api, Topics{People: topic, Chat: topic + "-chat", Machine: topic + "-events"}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, part := range []string{"Who  ", `"source":"custom"`, `"format":"why403.alert/v1"`} {
		got = append(got, aws.ToString(api.in[i].TopicArn))
		if !strings.Contains(aws.ToString(api.in[i].Message), part) || len(api.in[i].MessageAttributes) != len(m.Attributes) {
			t.Errorf("to %s: %s", aws.ToString(api.in[i].TopicArn), aws.ToString(api.in[i].Message))
		}
	}
	if diff := cmp.Diff([]string{topic + "-route", topic + "-chat", topic + "-events"}, got); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

func TestSendSaysWhatFailed(t *testing.T) {
	refused := &types.NotFoundException{Message: aws.String("no such topic")}
	err := New(&published{err: refused}, Topics{People: topic}).Send(t.Context(), message())
	if !errors.Is(err, refused) || !strings.Contains(err.Error(), "publishing to "+topic) {
		t.Errorf("got error %v", err)
	}
}

func TestLimits(t *testing.T) {
	table := []struct {
		name   string
		change func(*alert.Message)
		want   string // in the error; empty if it is sent
	}{
		{"the longest subject", func(m *alert.Message) { m.Subject = strings.Repeat("x", 99) }, ""},
		{"a longer one", func(m *alert.Message) { m.Subject = strings.Repeat("x", 100) }, "subject has 100 characters"},
		{"no subject", func(m *alert.Message) { m.Subject = "" }, "no subject"},
		{"a space before the subject", func(m *alert.Message) { m.Subject = " x" }, "begins with a space"},
		{"a line break in the subject", func(m *alert.Message) { m.Subject = "a\nb" }, "byte 0x0a at 1"},
		{"no ASCII in the subject", func(m *alert.Message) { m.Subject = "größer" }, "byte 0xc3 at 2"},
		{"no body", func(m *alert.Message) { m.Body = "" }, "no body"},
		{"the longest body", func(m *alert.Message) { m.Body, m.Attributes = strings.Repeat("x", 262_144), nil }, ""},
		{"a longer one", func(m *alert.Message) { m.Body, m.Attributes = strings.Repeat("x", 262_145), nil }, "262145 bytes"},
		{"attributes count", func(m *alert.Message) {
			m.Body, m.Attributes = strings.Repeat("x", 262_144-len("cause")-len("String")-len("KMS")+1), map[string]string{"cause": "KMS"}
		}, "262145 bytes"},
		{"an empty attribute", func(m *alert.Message) { m.Attributes["cause"] = "" }, `attribute "cause" has the value ""`},
		{"an attribute without name", func(m *alert.Message) { m.Attributes = map[string]string{"": "x"} }, `attribute "" has the value "x"`},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			m, api := message(), &published{}
			tt.change(&m)
			err := New(api, Topics{People: topic}).Send(t.Context(), m)
			if tt.want == "" {
				if err != nil || len(api.in) != 1 {
					t.Errorf("published %d, error %v", len(api.in), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one that says %q", err, tt.want)
			}
			if len(api.in) > 0 {
				t.Error("it was published")
			}
		})
	}
}

func TestMoto(t *testing.T) {
	moto := awstest.StartMoto(t)
	arn, receive, err := moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sns.NewFromConfig(moto.Config(t.Context()))
	longest := message()
	longest.Subject = strings.Repeat("x", maxSubject)
	for _, m := range []alert.Message{message(), longest} {
		if err := New(client, Topics{People: arn}).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	got, err := receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []awstest.Message
	for _, m := range []alert.Message{message(), longest} {
		want = append(want, awstest.Message{Subject: m.Subject, Body: m.Body, Attributes: m.Attributes})
	}
	bySubject := cmpopts.SortSlices(func(a, b awstest.Message) bool { return a.Subject < b.Subject })
	if diff := cmp.Diff(want, got, bySubject); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}

	err = New(client, Topics{People: arn + "-gone"}).Send(t.Context(), message())
	var missing *types.NotFoundException
	if !errors.As(err, &missing) {
		t.Errorf("a topic that does not exist: error %v", err)
	}
}
