package telemetry_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/telemetry"
)

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func TestLine(t *testing.T) {
	var out bytes.Buffer
	err := telemetry.Line(&out, time.UnixMilli(1764144000123), map[string]string{"Service": "auditor", "Cause": "SCP"},
		telemetry.Metric{Name: "Denials", Unit: telemetry.Count, Value: 12}, telemetry.Metric{Name: "PipelineLagSeconds", Unit: telemetry.Seconds, Value: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 || out.Bytes()[out.Len()-1] != '\n' {
		t.Errorf("%d line ends in %q", n, out.String())
	}
	var got, want any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal([]byte(`{"Service":"auditor","Cause":"SCP","Denials":12,"PipelineLagSeconds":1.5,
		"_aws":{"Timestamp":1764144000123,"CloudWatchMetrics":[{"Namespace":"why403","Dimensions":[["Cause","Service"]],
		"Metrics":[{"Name":"Denials","Unit":"Count"},{"Name":"PipelineLagSeconds","Unit":"Seconds"}]}]}}`), &want)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNothingToSay(t *testing.T) {
	var out bytes.Buffer
	if err := telemetry.Line(&out, time.Time{}, nil); err != nil || out.Len() > 0 {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := telemetry.Line(&out, time.Time{}, nil, telemetry.Metric{Name: "X", Value: math.NaN()}); err == nil || out.Len() > 0 {
		t.Errorf("%q, %v: want an error for what is no number", out.String(), err)
	}
}
