package alert

import (
	"fmt"
	"strings"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/finding"
)

// facts are who, what, where and when.
func (m mail) facts() []string {
	var lines []string
	row := func(label string, texts ...string) {
		first := fmt.Sprintf("%-7s", label)
		for _, t := range texts {
			if t != "" {
				lines = append(lines, wrap(first, indent(7), t)...)
				first = indent(7)
			}
		}
	}
	row("Who", m.who()...)
	row("What", m.request()...)
	row("Where", m.where()...)
	lines = append(lines, flush("When   "+m.when(), "State "+m.status())...)
	row("Causes", m.causesSeen()...)
	return lines
}

func (m mail) who() []string {
	p := m.x.Denial.Principal
	var first, rest []string
	if p.ARN != "" {
		first = append(first, arnValue(p.ARN))
	} else {
		first = append(first, m.nameless(p))
	}
	if p.Account != "" && (p.ARN == "" || m.o.AccountNames[p.Account] != "") && p.Type != evidence.PrincipalAnonymous {
		rest = append(rest, m.account(p.Account))
	}
	if p.Session != "" && p.Type == evidence.PrincipalRole {
		rest = append(rest, "session "+value(p.Session, mostName))
	}
	if p.Issuer != "" {
		rest = append(rest, "issued by "+arnValue(p.Issuer))
	}
	if p.Via != "" {
		rest = append(rest, "called by "+value(p.Via, mostName)+" on its behalf")
	}
	if p.PathUnknown {
		rest = append(rest, "the role may have a path that the record does not show")
	}
	return append(first, strings.Join(rest, ", "))
}

// nameless is a requester that the record gives no ARN of.
func (m mail) nameless(p evidence.Principal) string {
	switch {
	case p.Type == evidence.PrincipalAnonymous:
		return "anonymous: the request was not signed"
	case p.Type == evidence.PrincipalService:
		return "the AWS service " + value(p.Service, mostName)
	case p.ID != "":
		return "unique id " + value(p.ID, mostName) + " (the record has no ARN)"
	}
	return "the record does not say"
}

// request is the action that was refused, and the call that needed it where its
// name does not say that.
func (m mail) request() []string {
	d := m.x.Denial
	action, resource := m.x.Action(), ""
	switch {
	case len(m.x.Checks) > 0 && m.x.Checks[0].Action != "":
		resource = m.x.Checks[0].Resource
	case len(d.Authorizations) > 0:
		resource = d.Authorizations[0].Resource
	}
	first := value(action, mostWord)
	switch {
	case resource != "":
		first += " on " + arnValue(resource)
	case strings.HasPrefix(action, "kms:"):
		first += " on the KMS key of the object"
	}
	_, name, _ := strings.Cut(action, ":")
	if d.Operation == "" || d.Operation == name || action == d.Operation {
		return []string{first}
	}
	call := value(d.Operation, mostWord)
	if d.Key == "" || strings.HasSuffix(resource, "/"+d.Key) {
		return []string{first + " (" + call + ")"}
	}
	return []string{first, "for " + call + " of " + arnValue("s3://"+d.Bucket+"/"+d.Key)}
}

func (m mail) where() []string {
	d := m.x.Denial
	var place []string
	switch {
	case d.Bucket != "":
		place = append(place, "bucket "+value(d.Bucket, mostName))
		if d.BucketAccount != "" {
			place[0] += " of " + m.account(d.BucketAccount)
		} else {
			place[0] += " (owner not in the record)"
		}
	case d.VPCEndpointID != "":
		place = append(place, "bucket not in the record")
	}
	if d.Region != "" {
		place = append(place, value(d.Region, mostWord))
	}
	var from string
	if d.SourceIP != "" {
		from = "from " + value(d.SourceIP, mostName)
	}
	if d.VPCEndpointID != "" {
		from = strings.TrimSpace(from + " through " + value(d.VPCEndpointID, mostWord))
	}
	var point string
	if d.AccessPoint != "" {
		point = "access point " + arnValue(d.AccessPoint)
	}
	var agent string
	if d.UserAgent != "" && d.UserAgent != d.SourceIP {
		agent = "with " + value(d.UserAgent, mostAgent)
	}
	return []string{strings.Join(place, ", "), point, from, agent}
}

// when is the span of time, how often, and on how many objects.
func (m mail) when() string {
	f := m.f
	text := span(f.FirstSeen.UTC(), f.LastSeen.UTC())
	if f.FirstSeen.IsZero() || f.LastSeen.IsZero() {
		text = "time not in the record"
	}
	switch {
	case f.Count == 1:
		text += ", once"
	case f.Count > 1:
		text += fmt.Sprintf(", %d times", f.Count)
	}
	switch n := len(f.Keys); {
	case n >= finding.MaxKeys:
		text += fmt.Sprintf(", %d or more objects", n)
	case n > 1:
		text += fmt.Sprintf(", %d objects", n)
	}
	return text
}

// span is a time, or two, as short as they can be told apart.
func span(first, last time.Time) string {
	const day, minute = "2006-01-02", "15:04"
	text := first.Format(day + " " + minute)
	switch {
	case first.Format(day) != last.Format(day):
		text += " to " + last.Format(day+" "+minute)
	case first.Format(minute) != last.Format(minute):
		text += " to " + last.Format(minute)
	}
	return text + " UTC"
}

func (m mail) status() string {
	switch m.reason {
	case NewFinding, NewCause, StillFailing, Reopened:
		return strings.ToUpper(string(m.reason))
	default:
		return strings.ToUpper(fit(string(m.f.Status), mostWord))
	}
}

// mostCauses is how many causes a message lists: all that a finding tells apart.
const mostCauses = finding.MaxCauses + 1

// causesSeen lists the causes so far, if there was more than one, and marks those that
// people are told of now for the first time.
func (m mail) causesSeen() []string {
	if len(m.f.Causes) < 2 {
		return nil
	}
	var all []string
	for i, c := range m.f.Causes {
		if i == mostCauses {
			all = append(all, "and more")
			break
		}
		times := "once"
		if c.Count != 1 {
			times = fmt.Sprintf("%d times", c.Count)
		}
		name := value(c.Cause, mostID)
		if c.Cause == finding.Undetermined {
			name = "not known"
		}
		if m.reason == NewCause && !m.f.Knows(c.Cause) && c.Cause != finding.Undetermined {
			times += " (new)"
		}
		all = append(all, name+" "+times)
	}
	return []string{strings.Join(all, ", ")}
}
