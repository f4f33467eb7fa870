package console

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/excerpt"
)

// blocks writes the evidence of one cause after the other. What one has shown the next
// need not show again.
type blocks struct {
	*page
	x     diagnosis.Diagnosis
	shown []diagnosis.Reason // statements, in full
	notes []string
}

// because writes AWS's words, the statement that decides, and the facts that stand in
// no policy.
func (b *blocks) because(c diagnosis.Cause) {
	for _, r := range c.Because {
		if r.Text != "" {
			b.note("AWS says: " + r.Text)
		}
	}
	decide, perhaps := excerpt.Parts(c.Because)
	actor := "must act: " + MustAct(c)
	if len(decide) > 0 {
		b.statement(decide[0], actor)
		b.others("so does", "so do", decide[1:])
	} else {
		b.note(actor)
	}
	b.others("may deny it too:", "may deny it too:", perhaps)
	for _, r := range c.Because {
		b.fact(c, r)
	}
	if c.Needs != "" {
		b.words("   = ", append([]string{"to", "be", "sure,", "read"}, byAccount(c.Needs)...))
	}
}

// statement quotes a statement, with where it stands. One about another action says
// nothing but that, and one that was shown needs no second time.
func (b *blocks) statement(r diagnosis.Reason, actor string) {
	place := excerpt.Place(r, b.x.Denial, clean.Terminal)
	if r.Effect == "Allow" && r.Matches != "yes" {
		place = append([]string{"nearest:"}, place...)
	}
	beside := b.sides("  --> ", place, clean.Terminal(actor))
	again := slices.ContainsFunc(b.shown, func(s diagnosis.Reason) bool { return excerpt.Same(s, r) })
	b.quote(b.x, r, again || excerpt.Far(r))
	if !beside {
		b.note(actor)
	}
	if !excerpt.Far(r) {
		b.shown = append(b.shown, r)
	}
	b.once("note: ", excerpt.Note(r))
}

// once writes a remark that was not written before.
func (b *blocks) once(label, remark string) {
	if remark != "" && !slices.Contains(b.notes, remark) {
		b.notes = append(b.notes, remark)
		b.note(label + remark)
	}
}

// others names further statements that come to the same.
func (b *blocks) others(one, several string, rest []diagnosis.Reason) {
	if len(rest) == 0 {
		return
	}
	const most = 3
	words := strings.Fields(one)
	if len(rest) > 1 {
		words = strings.Fields(several)
	}
	for i, r := range rest {
		if i == most {
			words = append(words, "and", fmt.Sprint(len(rest)-most), "more")
			break
		}
		place := excerpt.Place(r, b.x.Denial, clean.Terminal)
		if i < len(rest)-1 && len(place) > 0 {
			place[len(place)-1] += ";"
		}
		words = append(words, place...)
	}
	b.words("   = ", words)
}

// fact writes what decides and stands in no policy, if the summary has not said it.
func (b *blocks) fact(c diagnosis.Cause, r diagnosis.Reason) {
	if r.Statement != nil || r.Text != "" {
		return
	}
	if r.Fact != "" && !excerpt.Said(c.Summary, r.Fact) {
		b.once("", r.Fact)
	}
	if len(r.Wanted)+len(r.Got) > 0 && r.Element+r.Key != "" {
		b.note(Setting(r))
	}
}

// Setting says what a setting or a header should be, and what it is. The text is as
// foreign as the reason.
func Setting(r diagnosis.Reason) string {
	text := r.Key
	if text == "" {
		text = r.Element
	}
	if len(r.Wanted) > 0 {
		text += ": wanted " + excerpt.Several(r.Wanted, 2)
	}
	switch {
	case len(r.Got) > 0 && len(r.Wanted) > 0:
		text += ", found " + excerpt.Several(r.Got, 2)
	case len(r.Got) > 0:
		text += ": " + excerpt.Several(r.Got, 2)
	}
	return text
}

// MustAct says who must act: where the account is not known, what it is the
// account of.
func MustAct(c diagnosis.Cause) string {
	if c.Account != "" {
		return "account " + c.Account
	}
	info, _ := diagnosis.Info(c.ID)
	whose := "whoever owns it"
	switch info.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		whose = "the organization's management account"
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock, evidence.LayerACLOwnership, evidence.LayerObjectLock, evidence.LayerMFADelete:
		whose = "the bucket's account"
	case evidence.LayerKeyPolicy, evidence.LayerKeyState:
		whose = "the account of the KMS key"
	case evidence.LayerVPCE:
		whose = "the account of the VPC endpoint"
	case evidence.LayerAccessPoint, evidence.LayerMRAP:
		whose = "the access point's account"
	case evidence.LayerSession:
		whose = "the account that makes the session"
	default:
	}
	return whose + " (which, the record does not say)"
}
