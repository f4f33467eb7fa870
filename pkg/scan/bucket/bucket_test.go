package bucket_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/finding/local"
	"why403/pkg/scan"
	"why403/pkg/scan/bucket"
)

// fakeS3 is a bucket that lists two keys a page, and whose transfers break off.
type fakeS3 struct {
	t       *testing.T
	objects map[string]string
	denied  map[string]string // key → the error code of GetObject
	region  string
	breaks  int // how many transfers break off half way

	mu    sync.Mutex
	lists []string // prefixes that were listed, "prefix/" with a delimiter
	gets  []string
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !strings.Contains(r.Header.Get("Authorization"), "/"+f.region+"/s3/") {
		w.Header().Set("X-Amz-Bucket-Region", f.region)
		f.fail(w, http.StatusMovedPermanently, "PermanentRedirect")
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/acme-trail")
	key = strings.TrimPrefix(key, "/")
	if r.Method != http.MethodGet {
		f.t.Errorf("%s %s was called", r.Method, r.URL)
	}
	if r.URL.Query().Get("list-type") == "2" {
		f.list(w, r)
		return
	}
	f.gets = append(f.gets, key)
	if code := f.denied[key]; code != "" {
		f.fail(w, http.StatusForbidden, code)
		return
	}
	body, from := f.objects[key], 0
	if r.Header.Get("If-Match") != etag(body) {
		f.fail(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	if at, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		from, _ = strconv.Atoi(strings.TrimSuffix(at, "-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
	w.Header().Set("ETag", etag(body))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	if f.breaks > 0 {
		f.breaks--
		_, _ = io.WriteString(w, body[from:from+(len(body)-from)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(w, body[from:])
}

func etag(body string) string { return fmt.Sprintf(`"%d"`, len(body)) }

func (f *fakeS3) fail(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>said so</Message><StorageClass>GLACIER</StorageClass></Error>", code)
}

// list answers ListObjectsV2, two entries a page.
func (f *fakeS3) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	prefix, delimiter := q.Get("prefix"), q.Get("delimiter")
	if q.Get("continuation-token") == "" {
		f.lists = append(f.lists, prefix+" "+delimiter)
	}
	if f.denied["list"] != "" {
		f.fail(w, http.StatusForbidden, f.denied["list"])
		return
	}
	var entries []string
	for key := range f.objects {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		if i := strings.Index(rest, "/"); delimiter != "" && i >= 0 {
			key = prefix + rest[:i+1]
		}
		entries = append(entries, key)
	}
	slices.Sort(entries)
	entries = slices.Compact(entries)
	from, _ := strconv.Atoi(q.Get("continuation-token"))
	to := min(from+2, len(entries))
	type content struct {
		Key  string
		Size int
		ETag string
	}
	out := struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []content
		CommonPrefixes        []struct{ Prefix string }
	}{IsTruncated: to < len(entries), NextContinuationToken: strconv.Itoa(to)}
	for _, e := range entries[from:to] {
		if strings.HasSuffix(e, "/") && delimiter != "" && e != prefix {
			out.CommonPrefixes = append(out.CommonPrefixes, struct{ Prefix string }{e})
			continue
		}
		out.Contents = append(out.Contents, content{e, len(f.objects[e]), etag(f.objects[e])})
	}
	_ = xml.NewEncoder(w).Encode(out)
}

// run scans a prefix of the bucket, and returns how many denials are told apart.
func (f *fakeS3) run(t *testing.T, prefix string, filter scan.Filter) (scan.Report, int) {
	t.Helper()
	f.t = t
	if f.region == "" {
		f.region = "us-east-1"
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "us-east-1", UsePathStyle: true, BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:     aws.NopRetryer{},
	})
	store, err := local.Open(filepath.Join(t.TempDir(), "findings.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	bulk := store.Bulk()
	defer bulk.Close()
	denials := 0
	r, err := scan.Run(t.Context(), auditor.New(bulk, nobody{}, alert.Options{}, auditor.Silent()), bulk, scan.Options{
		Sources: []scan.Source{bucket.New(client, "acme-trail", prefix)}, Filter: filter, Workers: 3,
		Handled: func(r auditor.Report) {
			for _, touched := range r.Touched {
				denials += touched.New
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, denials
}

type nobody struct{}

func (nobody) Send(context.Context, alert.Message) error { return nil }

const key = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/11/%[1]s/111111111111_CloudTrail_us-east-1_202611%[1]sT1205Z_aaaaaaaaaaaaaaaa.json.gz"

// trail is a bucket with a log for each day, and more.
func trail(t *testing.T, days ...string) *fakeS3 {
	t.Helper()
	sample, err := os.ReadFile("../../../events/bare-record.json")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeS3{objects: map[string]string{
		"AWSLogs/": "",
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/11/23/d.json.gz": "digest",
		"AWSLogs/111111111111/vpcflowlogs/us-east-1/2026/11/23/f.log.gz":        "flow",
	}}
	for _, day := range days {
		record := string(sample)
		for _, member := range []string{`"eventID": "`, `"eventTime": "`, `"requestID": "`} {
			_, rest, _ := strings.Cut(record, member)
			old, _, _ := strings.Cut(rest, `"`)
			value := "id-" + day
			if member == `"eventTime": "` {
				value = "2026-11-" + day + "T12:00:00Z"
			}
			record = strings.Replace(record, member+old, member+value, 1)
		}
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = io.WriteString(w, `{"Records":[`+record+`]}`)
		_ = w.Close()
		f.objects[fmt.Sprintf(key, day)] = z.String()
	}
	return f
}

func TestScan(t *testing.T) {
	t.Run("all pages, in another Region, over transfers that break off", func(t *testing.T) {
		f := trail(t, "20", "21", "22", "23", "24")
		f.region, f.breaks = "eu-central-1", 4
		r, denials := f.run(t, "AWSLogs/", scan.Filter{})
		if denials != 5 || r.Files != 5 || r.Unreadable != 0 {
			t.Errorf("%d denials in %d files, want 5 in 5; problems %v", denials, r.Files, r.Problems)
		}
		if len(f.gets) != 9 {
			t.Errorf("%d calls of GetObject, want one for each object and each break", len(f.gets))
		}
		for _, p := range f.lists {
			if strings.Contains(p, "vpcflowlogs") || strings.Contains(p, "Digest") || strings.Contains(p, "2026") {
				t.Errorf("listed %q", p)
			}
		}
	})
	t.Run("only the days that are chosen are listed", func(t *testing.T) {
		f := trail(t, "20", "21", "22", "23", "24")
		r, denials := f.run(t, "AWSLogs/111111111111/", scan.Filter{Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
		if denials != 2 || len(f.gets) != 2 || r.Unreadable != 0 {
			t.Errorf("%d denials, read %v, problems %v", denials, f.gets, r.Problems)
		}
		for _, p := range f.lists {
			if strings.Contains(p, "11/20/") {
				t.Errorf("listed %q", p)
			}
		}
	})
	t.Run("what may not be read is named, and the rest is read", func(t *testing.T) {
		f := trail(t, "20", "21", "22", "23")
		f.denied = map[string]string{fmt.Sprintf(key, "20"): "AccessDenied", fmt.Sprintf(key, "21"): "InvalidObjectState"}
		r, denials := f.run(t, "", scan.Filter{})
		if denials != 2 || len(r.Problems) != 2 {
			t.Fatalf("%d denials, problems %v", denials, r.Problems)
		}
		for i, want := range []string{"s3:GetObject on bucket acme-trail", "archived in GLACIER: restore it first"} {
			if got := r.Problems[i]; !strings.HasPrefix(got.Where, "s3://acme-trail/AWSLogs/") || !strings.Contains(got.Err.Error(), want) {
				t.Errorf("problem %d is %v, want %q", i, got, want)
			}
		}
	})
	t.Run("a transfer that always breaks off", func(t *testing.T) {
		f := trail(t, "20")
		f.breaks = 10
		if r, _ := f.run(t, "", scan.Filter{}); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Err.Error(), "broke off after") {
			t.Errorf("problems %v", r.Problems)
		}
	})
	t.Run("a bucket that may not be listed", func(t *testing.T) {
		f := trail(t, "20")
		f.denied = map[string]string{"list": "AccessDenied"}
		if r, _ := f.run(t, "logs/", scan.Filter{}); len(r.Problems) != 1 || r.Problems[0].Where != "s3://acme-trail/logs/" ||
			!strings.Contains(r.Problems[0].Err.Error(), "s3:ListBucket") {
			t.Errorf("problems %v", r.Problems)
		}
	})
}

func TestParse(t *testing.T) {
	for address, want := range map[string]struct {
		bucket, prefix string
		ok             bool
	}{
		"s3://acme-trail/AWSLogs/": {"acme-trail", "AWSLogs/", true},
		"s3://acme-trail":          {"acme-trail", "", true},
		"s3://":                    {"", "", false},
		"logs/":                    {"", "", false},
	} {
		b, p, ok := bucket.Parse(address)
		if ok != want.ok || ok && (b != want.bucket || p != want.prefix) {
			t.Errorf("%s is bucket %q, prefix %q, %v; want %+v", address, b, p, ok, want)
		}
	}
}
