package excerpt

import (
	"fmt"
	"strings"

	"why403/pkg/diagnosis"
)

// Label says in a few words what is wrong with the part that decides, or what the
// request has there. Beside is a value of the request that is worth to stand under it.
type Label struct {
	Text   string
	Name   string // of the value: "request", "requester"
	Beside string
}

// LabelOf returns the label of a reason.
func LabelOf(x diagnosis.Diagnosis, r diagnosis.Reason) Label {
	d := x.Denial
	action, _ := asked(x, r)
	doubt := r.Matches == "unknown"
	switch r.Element {
	case "":
		if r.Effect == "Deny" {
			return Label{Text: "denies without a condition"}
		}
		return Label{}
	case "Action":
		return Label{Text: "the request is for " + first(r.Got)}
	case "NotAction":
		return Label{Text: "leaves out " + first(r.Got)}
	case "Resource", "NotResource":
		return resourceLabel(r, action, doubt)
	case "Principal", "NotPrincipal":
		return principalLabel(r, d, doubt)
	case "Condition":
		return Label{Text: conditionLabel(r, d)}
	}
	return Label{Text: "not understood, so that it is not known what it says"}
}

func resourceLabel(r diagnosis.Reason, action string, doubt bool) Label {
	got := first(r.Got)
	bucket, _, object := strings.Cut(got, "/")
	l := Label{Name: "request", Beside: got}
	switch {
	case got == "":
		return Label{Text: "which resource the request was for is not known"}
	case r.Element == "NotResource":
		l.Text = "leaves this resource out"
	case doubt:
		l.Text = "whether it covers this resource is not known"
	case object && all(r.Wanted, func(w string) bool { return w == bucket }):
		l.Text = "is the bucket; " + action + " is for its objects"
	case !object && all(r.Wanted, func(w string) bool { return strings.HasPrefix(w, got+"/") }):
		l.Text = "are its objects; " + action + " is for the bucket"
	case all(r.Wanted, func(w string) bool { return strings.EqualFold(w, got) }):
		l.Text = "upper and lower case differ"
	case len(r.Wanted) > 1:
		l.Text = "none covers what was asked for"
	default:
		l.Text = "does not cover what was asked for"
	}
	return l
}

func all(values []string, is func(string) bool) bool {
	for _, v := range values {
		if !is(v) {
			return false
		}
	}
	return len(values) > 0
}

func principalLabel(r diagnosis.Reason, d diagnosis.Denial, doubt bool) Label {
	l := Label{Name: "requester", Beside: sameKind(r.Wanted, r.Got)}
	if l.Beside == "" {
		l.Beside = diagnosis.Who(d.Principal)
	}
	switch {
	case doubt:
		l.Text = "whether it names the requester is not known"
	case r.Element == "NotPrincipal":
		l.Text = "leaves the requester out"
	case len(r.Wanted) == 1 && strings.HasSuffix(r.Wanted[0], ":root"):
		l.Text = "is another account"
	case len(r.Wanted) > 1:
		l.Text = "none is the requester"
	default:
		l.Text = "is not the requester"
	}
	return l
}

// sameKind is the name of the requester that is of the kind that a policy asks for: a
// requester has several.
func sameKind(wanted, got []string) string {
	kind := func(s string) string {
		switch f := strings.SplitN(s, ":", 6); {
		case len(f) == 6:
			before, _, _ := strings.Cut(f[5], "/")
			return f[2] + before
		case strings.HasPrefix(s, "AROA"), strings.HasPrefix(s, "AIDA"):
			return "id"
		}
		return ""
	}
	for _, w := range wanted {
		for _, g := range got {
			if k := kind(w); k != "" && k == kind(g) {
				return g
			}
		}
	}
	return first(got)
}

func conditionLabel(r diagnosis.Reason, d diagnosis.Denial) string {
	switch {
	case r.State == "absent" && strings.EqualFold(r.Key, "aws:SourceVpce"), r.State == "absent" && strings.EqualFold(r.Key, "aws:SourceVpc"):
		if d.SourceIP != "" {
			return "absent: the request came from " + d.SourceIP + ", through no VPC endpoint"
		}
		return "absent: the request came through no VPC endpoint"
	case r.State == "absent":
		return "absent from the request"
	case r.State == "unknown", len(r.Got) == 0:
		return "what the request has is not known"
	}
	return "the request has " + Several(r.Got, 2)
}

// Several names values, and how many more there are than a reader needs.
func Several(values []string, most int) string {
	if len(values) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(values[:most], ", "), len(values)-most)
	}
	return strings.Join(values, ", ")
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// Note says what the case teaches: why a condition holds that seems not to, or fails
// that seems to hold. It is empty where the statement speaks for itself.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func Note(r diagnosis.Reason) string {
	if r.Element != "Condition" || r.State != "absent" {
		return ""
	}
	set, operator, has := strings.Cut(r.Operator, ":")
	if !has {
		set, operator = "", r.Operator
	}
	plain := strings.TrimSuffix(operator, "IfExists")
	holds := r.Matches == "yes"
	switch {
	case strings.EqualFold(operator, "Null"):
		return ""
	case holds && strings.EqualFold(set, "ForAllValues"):
		return "ForAllValues also matches when its key is absent"
	case holds && plain != operator:
		return "an operator with IfExists also matches when its key is absent"
	case holds && strings.Contains(plain, "Not"):
		return "a negated operator also matches when its key is absent"
	case r.Matches == "no" && plain == operator && !strings.Contains(plain, "Not") && set == "":
		return "without IfExists an operator does not match when its key is absent"
	}
	return ""
}
