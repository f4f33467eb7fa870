package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	gocmp "github.com/google/go-cmp/cmp"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// auditing is a handler whose auditor reports what a test says of each input.
type auditing struct {
	handler
	inputs []auditor.Input // as they arrived
	log    bytes.Buffer
}

func audit(result func(auditor.Input) auditor.Result, touched ...auditor.Touched) *auditing {
	a := &auditing{}
	a.handler.log = slog.New(slog.NewJSONHandler(&a.log, nil))
	a.audit = func(_ context.Context, inputs []auditor.Input) auditor.Report {
		a.inputs = inputs
		report := auditor.Report{Touched: touched}
		for _, in := range inputs {
			r := result(in)
			r.ID = in.ID
			report.Results = append(report.Results, r)
		}
		return report
	}
	return a
}

// byBody gives each input the result of that body.
func byBody(in auditor.Input) auditor.Result {
	switch string(in.Body) {
	case "retry":
		return auditor.Result{FindingID: "F0000001", Err: errors.New("table is gone"), Retry: true}
	case "unreadable":
		return auditor.Result{Err: errors.New("not JSON")}
	default:
		return auditor.Result{FindingID: "F0000002"}
	}
}

func sqsBatch(t *testing.T, bodies ...string) json.RawMessage {
	t.Helper()
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{MessageId: "m" + string(rune('1'+i)), Body: body, EventSource: "aws:sqs"})
	}
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestHandleBatch(t *testing.T) {
	table := []struct {
		name    string
		payload json.RawMessage
		want    string // the answer
		wantErr string
	}{
		{"all well", sqsBatch(t, "a", "b"), `{"batchItemFailures":[]}`, ""},
		{"one to try again, one unreadable", sqsBatch(t, "retry", "b", "unreadable"),
			`{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}`, ""},
		{"an empty batch", json.RawMessage(`{"Records":[]}`), `{"batchItemFailures":[]}`, ""},
		{"a message without id that is well", json.RawMessage(`{"Records":[{"eventSource":"aws:sqs","body":"a"}]}`), `{"batchItemFailures":[]}`, ""},
		{"a message without id that failed", json.RawMessage(`{"Records":[{"eventSource":"aws:sqs","body":"unreadable"}]}`), "", "without an id failed, so that the batch must come again: not JSON"},
		{"a batch that is not as Lambda makes it", json.RawMessage(`{"Records":[{"eventSource":"aws:sqs","body":{}}]}`), "", "reading a batch from SQS"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			out, err := audit(byBody).handle(t.Context(), tt.payload)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("got error %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHandleSingleEvent(t *testing.T) {
	for _, payload := range []string{
		`{"detail-type":"AWS API Call via CloudTrail"}`,
		`{"Records":[{"eventSource":"s3.amazonaws.com"}]}`, // a CloudTrail log file
		`{"Records":"none"}`, `{"Records":null}`, `[]`, `"retry"`, `null`,
	} {
		a := audit(byBody)
		if _, err := a.handle(t.Context(), json.RawMessage(payload)); err != nil {
			t.Errorf("%s: %v", payload, err)
		}
		if len(a.inputs) != 1 || string(a.inputs[0].Body) != payload {
			t.Errorf("%s arrived as %q", payload, a.inputs)
		}
	}
	for _, body := range []string{"retry", "unreadable"} {
		_, err := audit(func(auditor.Input) auditor.Result { return byBody(auditor.Input{Body: []byte(body)}) }).handle(t.Context(), json.RawMessage(`{}`))
		if err == nil {
			t.Errorf("%s: no error", body)
		}
	}
}

func TestHandleLeavesTimeToAnswer(t *testing.T) {
	var left time.Duration
	h := handler{log: slog.New(slog.DiscardHandler), audit: func(ctx context.Context, _ []auditor.Input) auditor.Report {
		end, _ := ctx.Deadline()
		left = time.Until(end)
		return auditor.Report{}
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := h.handle(ctx, sqsBatch(t)); err != nil {
		t.Fatal(err)
	}
	if left < 26*time.Second || left > 27*time.Second {
		t.Errorf("%s were left of 30", left)
	}
}

func TestLog(t *testing.T) {
	explained := diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: &diagnosis.Cause{ID: diagnosis.SCP}}
	touched := func(id string, reason alert.Reason) auditor.Touched {
		f := finding.Finding{ID: id, Status: finding.Open, Count: 7, Diagnosis: explained}
		return auditor.Touched{Recorded: finding.Recorded{Finding: f, New: 2, Duplicates: 1}, Reason: reason}
	}
	a := audit(func(in auditor.Input) auditor.Result {
		of := auditor.Result{Diagnosis: explained, Denial: trail.Denial{EventID: "e-1"}}
		switch string(in.Body) {
		case "known":
			of.FindingID = "KNOWN000"
			return of
		case "unsent":
			of.FindingID, of.Err, of.Retry = "UNSENT00", errors.New("no such topic"), true
			return of
		case "lost":
			of.FindingID, of.Err, of.Retry = "LOST0000", errors.New("no such table"), true
			return of
		case "other":
			return auditor.Result{Diagnosis: diagnosis.Diagnosis{Outcome: diagnosis.Ignored, Because: "no errorCode"}, Denial: trail.Denial{EventID: "e-2"}}
		default:
			return auditor.Result{Err: errors.New("bad " + strings.Repeat("x", 5000))}
		}
	}, touched("KNOWN000", alert.None), touched("UNSENT00", alert.NewFinding))
	if _, err := a.handle(t.Context(), sqsBatch(t, "known", "unsent", "lost", "lost", "other", "secret")); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for line := range strings.Lines(a.log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		delete(entry, "time")
		got = append(got, entry)
	}
	line := func(level, msg, id string, more map[string]any) map[string]any {
		all := map[string]any{"level": level, "msg": msg, "findingId": id, "cause": "SCP", "outcome": "explained", "eventId": "e-1", "inputs": 1.0}
		maps.Copy(all, more)
		return all
	}
	recorded := map[string]any{"status": "open", "count": 7.0, "new": 2.0, "duplicates": 1.0}
	unsent := map[string]any{"alert": "new", "error": "no such topic"}
	maps.Copy(unsent, recorded)
	want := []map[string]any{
		{"level": "INFO", "msg": "no finding", "messageId": "m5", "eventId": "e-2", "outcome": "ignored", "because": "no errorCode"},
		{"level": "ERROR", "msg": "cannot be read", "messageId": "m6", "error": "bad " + strings.Repeat("x", 493) + "..."},
		line("INFO", "finding", "KNOWN000", recorded),
		line("ERROR", "finding recorded, alert failed", "UNSENT00", unsent),
		line("ERROR", "finding not recorded", "LOST0000", map[string]any{"inputs": 2.0, "error": "no such table"}),
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
