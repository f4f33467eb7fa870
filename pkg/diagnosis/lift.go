package diagnosis

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// lift removes a blocker that denies: where the statement denies only requests that
// lack something, by sending the request as it demands; else by narrowing the
// statement, so that it spares the requester. It is never taken away.
func (j *join) lift(b *blocker, v *refusal, s *Step) (*change, error) {
	deciding := j.deciding(b)
	if len(deciding) == 0 {
		return nil, nil
	}
	if c := j.comply(deciding, s); c != nil {
		return c, nil
	}
	switch {
	case stolen(s):
		return nil, nil
	case !splitOK(j.Principal.ARN) || j.Principal.PathUnknown:
		return nil, errors.New("the record has no full ARN of the requester: take it from the requester's account first")
	}
	of := j.denying(b, v)
	if of == nil {
		return nil, nil
	}
	var narrow func(json.RawMessage) ([]json.RawMessage, error)
	if j.exactly {
		e := j.exemptionFor(b)
		narrow = func(st json.RawMessage) ([]json.RawMessage, error) { return exempt(st, e) }
	} else {
		narrow = func(st json.RawMessage) ([]json.RawMessage, error) {
			narrowed, err := spare(st, literal(j.Principal.ARN))
			return []json.RawMessage{narrowed}, err
		}
	}
	// From the last of a policy to the first: one may become several.
	slices.SortStableFunc(deciding, func(a, b authz.Reason) int { return cmp.Compare(b.Statement, a.Statement) })
	apply := func(w *world) (patch json.RawMessage, err error) {
		for _, reason := range deciding {
			at, err := of(w, reason)
			if err != nil {
				return nil, err
			}
			d, err := edit(at.doc)
			if err != nil {
				return nil, err
			}
			st, err := d.statement(reason.Statement)
			if err != nil {
				return nil, err
			}
			narrowed, err := narrow(st)
			if err != nil {
				return nil, err
			}
			doc, err := d.replaced(reason.Statement, narrowed...)
			if err != nil {
				return nil, err
			}
			at.put(doc)
			patch = patchOf(narrowed)
		}
		return patch, nil
	}
	first := deciding[len(deciding)-1]
	at, err := of(j.copyOf(), first)
	if err != nil {
		return nil, err
	}
	c := &change{kind: replaceStatement, before: at.doc, apply: func(w *world) error {
		_, err := apply(w)
		return err
	}}
	w := j.copyOf()
	if s.Patch, err = apply(w); err != nil {
		return nil, err
	}
	if at, err = of(w, first); err != nil {
		return nil, err
	}
	c.after = at.doc
	if err := j.exceedsLimit(b.check.Layer, first.Policy, c.after); err != nil {
		return nil, err
	}
	j.sayNarrowed(b, deciding, s)
	return c, nil
}

// sayNarrowed says what the change of a statement that denies does.
func (j *join) sayNarrowed(b *blocker, deciding []authz.Reason, s *Step) {
	first := deciding[len(deciding)-1]
	what := statementName(first)
	if rest := len(deciding) - 1; rest > 0 {
		what += fmt.Sprintf(" and %d more", rest)
	}
	s.Title = fmt.Sprintf("narrow %s, so that it spares %s", what, j.who)
	s.Caution = "A Deny is narrowed by a condition; it is not deleted."
	if j.exactly {
		s.Title = fmt.Sprintf("narrow %s, so that it spares %s for %s alone", what, j.who, strings.Join(j.refused(b), " and "))
		s.Caution = "It goes on denying all others what it denied, and everything else to the requester. " + s.Caution
	}
	for _, reason := range deciding {
		if reason.Policy != first.Policy || reason.Level != first.Level {
			s.Caution += fmt.Sprintf(" The change shown is that of %s; %s is to be narrowed alike.", first.Policy, statementName(reason))
		}
	}
}

// refused are the actions that a blocker refuses.
func (j *join) refused(b *blocker) []string {
	var out []string
	for _, c := range append([]*authz.Check{b.check}, b.more...) {
		if a := j.decision.Authorizations[c.Authorization].Action; !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// denying returns how the document of a statement that denies is found in a world.
func (j *join) denying(b *blocker, v *refusal) func(*world, authz.Reason) (single, error) {
	named := func(of func(*world, authz.Reason) (policies, error)) func(*world, authz.Reason) (single, error) {
		return func(w *world, reason authz.Reason) (single, error) {
			p, err := of(w, reason)
			if err != nil {
				return single{}, err
			}
			i := p.find(reason.Policy)
			if i < 0 {
				return single{}, fmt.Errorf("there is no policy %s", reason.Policy)
			}
			return single{p.list[i].Document, func(doc json.RawMessage) {
				_ = p.set(reason.Policy, doc) // it was found a moment ago
			}}, nil
		}
	}
	alone := func(of func(*world) single) func(*world, authz.Reason) (single, error) {
		return func(w *world, _ authz.Reason) (single, error) { return of(w), nil }
	}
	switch b.check.Layer {
	case evidence.LayerBucketPolicy:
		return alone(func(w *world) single { return w.ofBucket(v.bucket) })
	case evidence.LayerAccessPoint, evidence.LayerMRAP:
		return alone(func(w *world) single { return w.ofPoint(j.point) })
	case evidence.LayerVPCE:
		return alone(func(w *world) single { return w.ofEndpoint(j.VPCEndpointID) })
	case evidence.LayerKeyPolicy:
		return alone(func(w *world) single { return w.ofKey(v.KMSKey) })
	case evidence.LayerIdentity, evidence.LayerBoundary:
		return named(func(w *world, _ authz.Reason) (policies, error) {
			return w.ofPrincipal(j.principalName(), b.check.Layer)
		})
	case evidence.LayerSession:
		return named(func(w *world, _ authz.Reason) (policies, error) { return w.ofSession(j.sessionName()) })
	case evidence.LayerSCP, evidence.LayerRCP:
		return named(func(w *world, reason authz.Reason) (policies, error) {
			return w.ofLevel(b.check.Account, reason.Level, b.check.Layer == evidence.LayerSCP)
		})
	default:
		return nil
	}
}

// comply changes the request instead of the policy, where one condition of each
// statement that denies says what the request lacks.
func (j *join) comply(deciding []authz.Reason, s *Step) *change {
	type demand struct{ key, value, say string }
	var demands []demand
	for _, reason := range deciding {
		found := false
		for _, f := range reason.Held {
			if key, value, say := demanded(f); key != "" {
				demands = append(demands, demand{key, value, say})
				found = true
				break
			}
		}
		if !found {
			return nil
		}
	}
	var says []string
	patch := make(map[string]string)
	for _, d := range demands {
		says = append(says, d.say)
		patch[d.key] = d.value
	}
	owner := cmp.Or(s.Account, "of its owner")
	s.Account = j.Principal.Account
	s.Title = "send the request " + strings.Join(says, " and ")
	s.Target, s.Patch, s.Commands = "", encode(patch), nil
	s.Caution = fmt.Sprintf("The statement is a fence: nobody should take it down for one caller. If that cannot be, narrow it in account %s by ArnNotEquals aws:PrincipalArn.", owner)
	return &change{kind: changeRequest, apply: func(w *world) error {
		for _, d := range demands {
			w.request.Context.Set(d.key, d.value)
			if strings.EqualFold(d.key, "aws:SourceVpce") || strings.EqualFold(d.key, "aws:SourceVpc") {
				w.request.Context.SetAbsent("aws:SourceIp")
			}
			if strings.EqualFold(d.key, "aws:SourceVpc") {
				w.request.Context.SetUnknown("aws:SourceVpce")
			}
		}
		return nil
	}}
}

// demanded returns what a condition under which a statement denies wants instead, if
// it is something that a caller can do: the key, a value that is let pass, and words.
func demanded(f policy.Failure) (key, value, say string) {
	folded := strings.ToLower(f.Key)
	operator := strings.TrimSuffix(strings.ToLower(f.Operator), "ifexists")
	wanted := ""
	if len(f.Wanted) > 0 {
		wanted = f.Wanted[0]
	}
	if value, say := demandedNetwork(f); value != "" {
		return f.Key, value, say
	}
	fixed := wanted != "" && !strings.ContainsAny(wanted, "*?$")
	switch {
	case folded == "aws:securetransport" && operator == "bool" && strings.EqualFold(wanted, "false"):
		return f.Key, "true", "over TLS (https)"
	case folded == "aws:multifactorauthpresent" && operator == "bool" && strings.EqualFold(wanted, "false"):
		return f.Key, "true", "with credentials that were issued with MFA"
	case (folded == "aws:sourcevpce" || folded == "aws:sourcevpc") && negatedEqual(operator) && fixed:
		return f.Key, wanted, "through " + wanted
	case strings.HasPrefix(folded, "s3:x-amz-") && negatedEqual(operator) && fixed:
		return f.Key, wanted, fmt.Sprintf("with the header %s: %s", strings.TrimPrefix(folded, "s3:"), wanted)
	case folded == "s3:x-amz-server-side-encryption" && operator == "null" && strings.EqualFold(wanted, "true"):
		return f.Key, "aws:kms", "with the header x-amz-server-side-encryption"
	}
	return "", "", ""
}

func negatedEqual(operator string) bool {
	return operator == "stringnotequals" || operator == "stringnotlike" || operator == "stringnotequalsignorecase"
}
