package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// inBlock is how many findings' details are read by the page at once: small enough to
// be read in no time, large enough for what repeats to cost little.
const inBlock = 64

// pack writes details as the page unpacks them: gzip, which every browser can read
// since 2023, in base64, which has no character that means anything in HTML.
func pack(details []detail) (string, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("packing a report: %w", err)
	}
	if err := json.NewEncoder(z).Encode(details); err != nil {
		return "", fmt.Errorf("packing the findings of a report: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("packing a report: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
