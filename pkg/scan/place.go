package scan

import (
	"path"
	"strings"
	"time"
)

// place is what the path of a file or folder says about the records in it, as far as
// it says anything: CloudTrail lays its files out as
//
//	[prefix/]AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/
//	ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
type place struct {
	// kind is the service or the kind of file: CloudTrail, CloudTrail-Digest, Config.
	kind, account, region string
	// The files were delivered from then, to before then; zero: not said.
	from, to time.Time
}

// placeOf reads a path with slashes; that of a folder ends in one.
func placeOf(name string) place {
	var p place
	dir, file := path.Split(name)
	parts := strings.Split(strings.Trim(dir, "/"), "/")
	for i, part := range parts {
		if part == "AWSLogs" {
			p.folders(parts[i+1:])
		}
	}
	p.file(file)
	return p
}

func (p *place) folders(parts []string) {
	if len(parts) > 0 && strings.HasPrefix(parts[0], "o-") {
		parts = parts[1:]
	}
	for i, into := range []*string{&p.account, &p.kind, &p.region} {
		if i >= len(parts) {
			return
		}
		*into = parts[i]
	}
	if !isAccount(p.account) {
		*p = place{}
		return
	}
	date := strings.Join(parts[3:min(len(parts), 6)], "/")
	for _, span := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006/01", 0, 1, 0}, {"2006/01/02", 0, 0, 1}} {
		if from, err := time.Parse(span.layout, date); err == nil {
			p.from, p.to = from, from.AddDate(span.years, span.months, span.days)
		}
	}
}

// file reads the name of a log file, which says it all again, and the minute.
func (p *place) file(name string) {
	parts := strings.Split(name, "_")
	if len(parts) < 4 || !isAccount(parts[0]) || !strings.HasPrefix(parts[1], "CloudTrail") {
		return
	}
	p.account, p.kind, p.region = parts[0], parts[1], parts[2]
	if at, err := time.Parse("20060102T1504Z", parts[3]); err == nil {
		p.from, p.to = at, at.Add(time.Minute)
	}
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// isLog reports whether a file may hold records of calls. Digest and Insights files have
// no such records, and other services write beside CloudTrail.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
func (p place) isLog() bool {
	switch {
	case p.kind == "":
		return true
	case p.kind == "CloudTrail-Digest", strings.HasPrefix(p.kind, "CloudTrail-Insight"):
		return false
	}
	return strings.HasPrefix(p.kind, "CloudTrail")
}

// isJSON reports whether the name of a file is one of a file of JSON.
func isJSON(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".gz"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
