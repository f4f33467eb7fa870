package diagnosis_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// TestCorpusRemedies takes the steps of every remedy that is said to be proven as they
// are printed, and decides again: all of them together open the request, and no part of
// them does.
func TestCorpusRemedies(t *testing.T) {
	proven, several := 0, 0
	for _, c := range readCorpus(t) {
		x := c.diagnose(t)
		steps := x.Remedy.Steps
		if !x.Remedy.Verified || len(steps) == 0 {
			continue
		}
		proven++
		if len(steps) > 1 {
			several++
		}
		for part := range 1 << len(steps) {
			got, err := c.after(t, steps, part)
			want := part == 1<<len(steps)-1
			if err != nil {
				t.Errorf("%s: %v", c.Place, err)
				break
			}
			if (got == policy.Yes) != want {
				t.Errorf("%s: with the steps %0*b the request is let pass: %s", c.Place, len(steps), part, got)
			}
		}
	}
	if proven < 50 || several < 10 {
		t.Errorf("%d proven remedies, %d of several steps", proven, several)
	}
}

// after decides the request of a case again, after those of the steps whose bit is set.
func (c *corpusCase) after(t testing.TB, steps []diagnosis.Step, part int) (policy.Truth, error) {
	d, e := c.denial(t)
	q := diagnosis.Question(d)
	for i, s := range steps {
		if part&(1<<i) == 0 {
			continue
		}
		if err := take(q, &e, s); err != nil {
			return policy.Unknown, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return authz.Decide(q, authz.Compile(e)).Allowed, nil
}

// take takes one step: what it says is put where it says.
func take(q *authz.Request, e *evidence.Evidence, s diagnosis.Step) error {
	var patch map[string]any
	_ = json.Unmarshal(s.Patch, &patch) // a list of statements is none
	switch s.Kind {
	case "request":
		for header, value := range patch {
			if text, ok := value.(string); ok {
				q.Context.Set(keyOf(header), text)
			} else {
				q.Context.SetAbsent(keyOf(header))
			}
		}
		return nil
	case "setting":
		return set(q, e, s, patch)
	case "add-statement", "replace-statement":
		return put(e, s)
	}
	return fmt.Errorf("a step of kind %q is none that can be taken", s.Kind)
}

// keyOf is the condition key of a header.
func keyOf(header string) string {
	if strings.Contains(header, ":") {
		return header
	}
	return "s3:" + header
}

func set(q *authz.Request, e *evidence.Evidence, s diagnosis.Step, patch map[string]any) error {
	bucket, key := nameOf(s.Target)
	switch {
	case patch["ObjectOwnership"] != nil:
		b := e.Buckets[bucket]
		b.OwnershipControls = evidence.Known(evidence.OwnershipControls{ObjectOwnership: patch["ObjectOwnership"].(string)})
		e.Buckets[bucket] = b
	case patch["KeyState"] != nil:
		k := e.Keys[s.Target]
		m, _ := k.Metadata.Value()
		m.KeyState = patch["KeyState"].(string)
		k.Metadata = evidence.Known(m)
		e.Keys[s.Target] = k
	case patch["LegalHold"] != nil:
		o := e.Objects[bucket+"/"+key]
		v := o.Versions[q.VersionID]
		v.LegalHold = evidence.Known(evidence.LegalHold{Status: patch["LegalHold"].(string)})
		o.Versions[q.VersionID] = v
	default:
		return fmt.Errorf("the setting %s is not known", s.Patch)
	}
	return nil
}

// put puts the document of a step where it belongs.
func put(e *evidence.Evidence, s diagnosis.Step) error {
	info, _ := diagnosis.Info(s.Cause)
	doc, name := evidence.Known(s.Document), ""
	if s.Kind == "replace-statement" {
		policyOf := regexp.MustCompile(`(?:N|n)arrow statement .* of (.+?)(?: and \d+ more)?, so that`)
		if m := policyOf.FindStringSubmatch(s.Title); m != nil {
			name = m[1]
		}
	}
	bucket, _ := nameOf(s.Target)
	point, _, _ := strings.Cut(s.Target, "/object/")
	switch _, isPoint := e.AccessPoints[point]; {
	case isPoint:
		p := e.AccessPoints[point]
		p.Policy = doc
		e.AccessPoints[point] = p
	case strings.HasPrefix(s.Target, "arn:aws:kms:") || name == "key policy":
		for arn, k := range e.Keys {
			if s.Target == "" || s.Target == arn {
				k.Policy = doc
				e.Keys[arn] = k
			}
		}
	case info.Layer == evidence.LayerVPCE:
		for id, read := range e.VPCEndpoints {
			v, _ := read.Value()
			v.PolicyDocument = s.Document
			e.VPCEndpoints[id] = evidence.Known(v)
		}
	case info.Layer == evidence.LayerSCP || info.Layer == evidence.LayerRCP:
		return putLevels(e, s, name)
	case info.Layer == evidence.LayerSession:
		for id := range e.Sessions {
			e.Sessions[id] = evidence.Known(evidence.Grant{Policies: []evidence.Policy{{Name: "session policy", Document: s.Document}}})
		}
	case e.Buckets[bucket].Policy.State() != evidence.StateNotRead && info.Layer != evidence.LayerDirectorySession,
		name == "bucket policy":
		if name == "bucket policy" && bucket == "" {
			bucket = "acme-data"
		}
		b := e.Buckets[bucket]
		b.Policy, b.PolicyStatus = doc, evidence.Read[evidence.PolicyStatus]{}
		e.Buckets[bucket] = b
	default:
		return putPrincipal(e, s, info.Layer, name)
	}
	return nil
}

// putPrincipal puts a policy to those of the requester.
func putPrincipal(e *evidence.Evidence, s diagnosis.Step, l evidence.Layer, name string) error {
	for arn, p := range e.Principals {
		list, known := p.Policies.Value()
		i := slices.IndexFunc(list, func(q evidence.Policy) bool { return q.Name == name })
		list = slices.Clone(list)
		switch {
		case l == evidence.LayerBoundary:
			p.Boundary = evidence.Known(evidence.Policy{Name: "boundary", Document: s.Document})
		case name != "" && i >= 0:
			list[i].Document = s.Document
			p.Policies = evidence.Known(list)
		case name == "" && (known || p.Policies.State() == evidence.StateAbsent):
			p.Policies = evidence.Known(append(list, evidence.Policy{Name: "added", Document: s.Document}))
		default:
			return fmt.Errorf("there is no policy %q", name)
		}
		e.Principals[arn] = p
	}
	return nil
}

// putLevels puts a policy of the organization to the levels that the title names, or
// in the place of the one that has the name.
func putLevels(e *evidence.Evidence, s diagnosis.Step, name string) error {
	put := 0
	for id, a := range e.Accounts {
		path, _ := a.Path.Value()
		path = slices.Clone(path)
		for i := range path {
			read := &path[i].SCPs
			if s.Cause == diagnosis.RCP {
				read = &path[i].RCPs
			}
			list, _ := read.Value()
			list = slices.Clone(list)
			at := slices.IndexFunc(list, func(q evidence.Policy) bool { return q.Name == name })
			switch {
			case name != "" && at >= 0:
				list[at].Document = s.Document
			case name == "" && strings.Contains(s.Title, " at "+path[i].ID):
				list = append(list, evidence.Policy{Name: "added", Document: s.Document})
			default:
				continue
			}
			*read = evidence.Known(list)
			put++
		}
		a.Path = evidence.Known(path)
		e.Accounts[id] = a
	}
	if put == 0 {
		return fmt.Errorf("no level has the policy %q", name)
	}
	return nil
}

// nameOf takes the ARN of a bucket or object apart.
func nameOf(arn string) (bucket, key string) {
	rest := strings.TrimPrefix(arn[strings.LastIndex(arn, ":")+1:], "bucket/")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key
}
