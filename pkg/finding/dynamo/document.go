package dynamo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// maxHead is the most bytes that a head has: a write of it is charged for each begun
// kilobyte, in the table and once more in each index.
const maxHead = 4096

// parseDocument reads the finding of a head: compressed and without its diagnosis, or as
// schema 1 wrote it.
func (h *head) parseDocument(attr types.AttributeValue) error {
	switch v := attr.(type) {
	case *types.AttributeValueMemberB:
		return unpack(v.Value, &h.finding)
	case *types.AttributeValueMemberS:
		h.legacy = true
		if err := json.Unmarshal([]byte(v.Value), &h.finding); err != nil {
			return err
		}
		if len(h.finding.Samples) == 0 {
			var samples []finding.Sample
			for _, k := range h.finding.Keys {
				samples = append(samples, finding.Sample{Key: k})
			}
			h.finding = h.finding.WithSamples(samples)
		}
		h.finding.Brief = h.finding.InBrief()
		return nil
	default:
		return errors.New("neither text nor binary")
	}
}

// bare is a finding without what other items have.
func bare(f finding.Finding) finding.Finding {
	f.Diagnosis, f.Samples, f.Keys = diagnosis.Diagnosis{}, nil, nil
	return f
}

// pack writes the document of a head with at most so many bytes. What people miss least
// goes first.
func pack(f finding.Finding, most int) ([]byte, error) {
	f = bare(f)
	cuts := []func(){
		func() { f.History = f.History[max(0, len(f.History)-3):] },
		func() { f.History = nil },
		func() { f.Prefixes = f.Prefixes[:min(len(f.Prefixes), 3)] },
		func() { f.Prefixes = nil },
		func() {
			f.Causes = append([]finding.CauseCount{}, f.Causes...)
			for i := range f.Causes {
				f.Causes[i].Statement, f.Causes[i].Sample = "", ""
			}
		},
		func() { f.Title, f.Brief.Statement = clean.Truncate(f.Title, 80), "" },
		func() {
			f.Key.Requester, f.Key.Place = clean.Middle(f.Key.Requester, 64), clean.Middle(f.Key.Place, 64)
			f.Brief.Requester, f.Brief.Bucket = clean.Middle(f.Brief.Requester, 64), clean.Middle(f.Brief.Bucket, 64)
		},
		func() {
			if f.Changed != nil {
				c := *f.Changed
				c.By, c.Reason = clean.Truncate(c.By, 20), clean.Truncate(c.Reason, 20)
				f.Changed = &c
			}
		},
	}
	for i := 0; ; i++ {
		data, err := compress(f)
		if err != nil || len(data) <= most || i == len(cuts) {
			return data, err
		}
		cuts[i]()
	}
}

func compress(v any) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// maxUnpacked bounds what is unpacked, whatever somebody stored.
const maxUnpacked = 64 << 20

func unpack(data []byte, v any) error {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	return json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(v)
}
