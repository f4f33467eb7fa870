package console

import (
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// request writes who asked for what, and whence.
func (p *page) request(d diagnosis.Denial) {
	// Names are words, whatever spaces they have: they are not broken.
	words := []string{clean.Terminal(d.Principal.ARN)}
	if d.Principal.ARN == "" {
		words = strings.Split(clean.Terminal(diagnosis.Who(d.Principal)), " ")
	}
	if d.Principal.Session != "" {
		words = append(words, "(session", clean.Terminal(d.Principal.Session)+")")
	}
	p.labelled("who", words)
	if d.Principal.Via != "" {
		p.labelled("", []string{"called", "by", clean.Terminal(d.Principal.Via), "on", "its", "behalf"})
	}
	label := "what"
	for _, a := range d.Authorizations {
		resource := []string{"a", "resource", "that", "the", "record", "does", "not", "name"}
		if a.Resource != "" {
			resource = []string{clean.Terminal(a.Resource)}
		}
		p.labelled(label, append([]string{clean.Terminal(a.Action), "on"}, resource...))
		label = ""
	}
	var where []string
	add := func(label, value string) {
		if value == "" {
			return
		}
		if len(where) > 0 {
			where[len(where)-1] += ","
		}
		where = append(where, strings.Fields(label)...)
		where = append(where, clean.Terminal(value))
	}
	add("bucket of account", d.BucketAccount)
	add("", d.Region)
	add("through", d.AccessPoint)
	add("through", d.VPCEndpointID)
	add("from", d.SourceIP)
	if !d.Time.IsZero() {
		add("", d.Time.UTC().Format(time.RFC3339))
	}
	if len(where) > 0 {
		p.labelled("at", where)
	}
}
