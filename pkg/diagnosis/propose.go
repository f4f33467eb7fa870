package diagnosis

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// proposal is a step of the remedy with the change that it is; change is nil where
// nothing can be tried on a copy of what is known.
type proposal struct {
	Step
	change *change
	of     *blocker
	turn   int // when it was found: a change may build on those found before it
}

// propose proposes what removes a blocker.
func (j *join) propose(b *blocker) proposal {
	info, _ := find(b.id)
	v := j.seenFrom(j.decision, b)
	p := proposal{Step: info.stepOf(v), of: b}
	p.Account = j.actorOf(b, info, v)
	p.Cause = b.id
	c, err := j.changeFor(b, v, &p.Step)
	switch {
	case err != nil:
		p.Patch, p.Commands = nil, nil
		p.Caution = strings.TrimSpace(upperFirst(err.Error()) + ". " + p.Caution)
	case c != nil:
		p.change = c
		p.Kind = string(c.kind)
		p.Document = c.after
		if c.kind == addStatement {
			if patch, err := tidy(p.Patch); err == nil {
				p.Patch = patch
			}
		}
		if commands := j.commandsFor(b, v, c); commands != nil {
			p.Commands = commands
		}
		if c.before != nil || c.after != nil {
			p.Diff = diff(c.before, c.after)
			p.Terraform = terraform(b, v, p.Step, c)
		}
		j.managedElsewhere(b, &p.Step)
		if text := j.whoElse(b); text != "" && (c.before != nil || c.after != nil) && !strings.Contains(p.Caution, "every account below") {
			p.Caution = strings.TrimSpace(p.Caution + " " + text)
		}
	}
	return p
}

// changeFor returns the change that removes a blocker. It may put the patch into the
// step, where that is not the statement that the step has already.
func (j *join) changeFor(b *blocker, v *refusal, s *Step) (*change, error) {
	if b.denies && policyLayer(b.check.Layer) {
		return j.lift(b, v, s)
	}
	switch b.id {
	case IdentityNoAllow, KMSIdentityNoAllow, DirectoryBucketSession:
		return j.grantIdentity(b, s)
	case BucketPolicyNoAllow, PrincipalMismatch, StalePrincipalID, AccessPointDelegation, ServicePrincipalCondition, BPAIgnorePublicACLs, ACLNoGrant:
		return j.grantBucket(b, v, s)
	case KMSKeyPolicyNoAllow:
		return j.grantDocument(s, keyPolicy(), func(w *world) single { return w.ofKey(v.KMSKey) })
	case AccessPointPolicy, MRAPPolicy:
		return j.grantPoint(v, s)
	case VPCEPolicy:
		return j.grantEndpoint(v, s)
	case SCP:
		return j.grantLevels(b, v, s)
	case PermissionsBoundary:
		return j.grantPolicies(b, s, managedPolicy(), func(w *world) (policies, error) { return w.ofPrincipal(j.principalName(), evidence.LayerBoundary) })
	case SessionPolicy:
		return j.grantPolicies(b, s, sessionPolicy(), func(w *world) (policies, error) { return w.ofSession(j.sessionName()) })
	default:
		return j.setFor(b, v, s)
	}
}

func policyLayer(l evidence.Layer) bool {
	switch l {
	case evidence.LayerRCP, evidence.LayerSCP, evidence.LayerVPCE, evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession,
		evidence.LayerBucketPolicy, evidence.LayerAccessPoint, evidence.LayerMRAP, evidence.LayerKeyPolicy:
		return true
	default:
		return false
	}
}

// principalName is the key under which the evidence has the requester.
func (j *join) principalName() string {
	p := j.Principal
	name := p.ARN
	if p.Type == evidence.PrincipalFederated && p.Issuer != "" {
		name = p.Issuer
	}
	if _, ok := j.evidence.Principals[name]; ok {
		return name
	}
	for _, key := range []string{p.ID} {
		if _, ok := j.evidence.Principals[key]; ok && key != "" {
			return key
		}
	}
	for key, known := range j.evidence.Principals {
		id, _ := known.ID.Value()
		if accountOf(key) == p.Account && lastOf(key) == lastOf(name) && name != "" || id != "" && id == p.ID {
			return key
		}
	}
	return name
}

func (j *join) sessionName() string {
	p := j.Principal
	for _, key := range []string{p.AccessKeyID, p.ID + ":" + p.Session, p.Account + ":" + p.Session, p.ID} {
		if _, ok := j.evidence.Sessions[key]; ok && key != "" {
			return key
		}
	}
	return ""
}

// statements words what a blocker keeps from being allowed: one statement for each
// resource, with all actions that are refused on it.
func (j *join) statements(b *blocker) ([]json.RawMessage, error) {
	type grant struct {
		resource string
		actions  []string
	}
	var grants []grant
	for _, c := range append([]*authz.Check{b.check}, b.more...) {
		one := *b
		one.check = c
		v := j.seenFrom(j.decision, &one)
		statement, why := v.grant()
		if statement == nil {
			return nil, errors.New(strings.TrimSuffix(why, "."))
		}
		resource, _ := statement["Resource"].(string)
		i := slices.IndexFunc(grants, func(g grant) bool { return g.resource == resource })
		if i < 0 {
			grants = append(grants, grant{resource: resource})
			i = len(grants) - 1
		}
		if !slices.Contains(grants[i].actions, v.action) {
			grants[i].actions = append(grants[i].actions, v.action)
		}
	}
	var out []json.RawMessage
	for _, g := range grants {
		var action any = g.actions
		if len(g.actions) == 1 {
			action = g.actions[0]
		}
		out = append(out, encode(map[string]any{"Effect": "Allow", "Action": action, "Resource": g.resource}))
	}
	return out, nil
}

// deciding returns the reasons of the statements that deny, of all checks of a
// blocker: each statement once.
func (j *join) deciding(b *blocker) []authz.Reason {
	var out []authz.Reason
	for _, c := range append([]*authz.Check{b.check}, b.more...) {
		for _, reason := range j.decision.Reasons(c) {
			if reason.Policy == "" || reason.Effect != policy.Deny || reason.Matches != policy.Yes {
				continue
			}
			if !slices.ContainsFunc(out, func(r authz.Reason) bool {
				return r.Policy == reason.Policy && r.Level == reason.Level && r.Statement == reason.Statement
			}) {
				out = append(out, reason)
			}
		}
	}
	return out
}
