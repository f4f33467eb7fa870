// Package telemetry writes metrics as lines of a log that CloudWatch reads: no call is
// made, and a function that is killed loses nothing of what it wrote.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Namespace is that of all metrics.
const Namespace = "why403"

// Unit is the unit of a metric, as CloudWatch names it.
type Unit string

// The units in use.
const (
	Count   Unit = "Count"
	Seconds Unit = "Seconds"
)

// Metric is one value.
type Metric struct {
	Name  string
	Unit  Unit
	Value float64
}

// Line writes metrics with the dimensions that they all have, as one line. The values of
// dimensions must be few: each combination is a metric that is paid for.
func Line(w io.Writer, at time.Time, dimensions map[string]string, metrics ...Metric) error {
	if len(metrics) == 0 {
		return nil
	}
	type metric struct {
		Name string `json:"Name"`
		Unit Unit   `json:"Unit"`
	}
	line := make(map[string]any, len(dimensions)+len(metrics)+1)
	for name, value := range dimensions {
		line[name] = value
	}
	definitions := make([]metric, len(metrics))
	for i, m := range metrics {
		line[m.Name], definitions[i] = m.Value, metric{m.Name, m.Unit}
	}
	line["_aws"] = map[string]any{
		"Timestamp": at.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": [][]string{slices.Sorted(maps.Keys(dimensions))}, "Metrics": definitions,
		}},
	}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	return nil
}
