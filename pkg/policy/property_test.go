package policy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

// generator makes small policies and requests that have something to do with each
// other: few words, so that they often match.
type generator struct{ *rand.Rand }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// some returns one to three of the list, and seldom none.
func (g generator) some(list ...string) []string {
	n := 1 + g.IntN(3)
	if g.IntN(40) == 0 {
		n = 0
	}
	out := make([]string, n)
	for i := range out {
		out[i] = g.pick(list...)
	}
	return out
}

var (
	users     = []string{"ann", "bob", "", "a*", "ANN"}
	keys      = []string{"aws:username", "aws:PrincipalTag/team", "s3:prefix", "aws:TagKeys", "acme:n"}
	keyTexts  = []string{"ann", "bob", "a", "", "*", "5", "10", "true", "false", "2026-07-01", "203.0.113.7", "arn:aws:iam::111111111111:role/app", "QUJD"}
	values    = []string{"ann", "a*", "*", "a?n", "${aws:username}", "${aws:PrincipalTag/team, 'ann'}", "${*}", "x${aws:username}", "5", "7.5", "true", "False", "2026-07-01T00:00:00Z", "203.0.113.0/24", "2001:db8::7", "arn:aws:iam::*:role/app", "arn:aws:*:x", "QUJD", ""}
	operators = []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "NumericEquals", "NumericLessThan", "NumericNotEquals", "DateLessThan", "DateGreaterThanEquals", "Bool", "IpAddress", "NotIpAddress", "ArnLike", "ArnNotEquals", "BinaryEquals", "Null", "StringEquls"}
	resources = []string{"*", "arn:aws:s3:::acme-data/*", "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/${aws:username}/*", "arn:aws:s3:::*/${aws:PrincipalTag/team, 'x'}", "arn:aws:s3*:a", "arn:aws:sqs", "arn:aws:s3:*:acme/*", "acme-data/*", "arn:aws:s3:::${"}
	targets   = []string{"*", "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/ann/x", "arn:aws:s3:::acme-data/x", "arn:aws:s3:us-east-1:111111111111:accesspoint/acme", "arn:aws:s3:::b/x:y", ""}
	actions   = []string{"s3:GetObject", "s3:Get*", "*", "s3:*", "S3:PUTOBJECT", "s3:?etObject", "get"}
	aws       = []string{"*", "111111111111", "222222222222", "arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:user/ann", "arn:aws:iam::111111111111:role/team/app", "arn:aws:sts::111111111111:assumed-role/app/job", "arn:aws:sts::111111111111:federated-user/ben", "AROATHISROLEEXAMPLE", "arn:aws:iam::111111111111:user/*", "ann"}
)

type object = map[string]any

// statement returns a statement. Of the members of its objects at most one comes
// from a list, so that the order of a map changes nothing.
func (g generator) statement() object {
	s := object{"Effect": g.pick("Allow", "Deny")}
	s[g.pick("Action", "Action", "NotAction")] = g.some(actions...)
	if g.IntN(10) > 0 {
		s[g.pick("Resource", "Resource", "NotResource")] = g.some(resources...)
	}
	if g.IntN(2) == 0 {
		p := object{}
		if g.IntN(6) > 0 {
			p["AWS"] = g.some(aws...)
		}
		if g.IntN(4) == 0 {
			p["Service"] = g.some("s3.amazonaws.com", "config.amazonaws.com", "*")
		}
		if g.IntN(6) == 0 {
			p["CanonicalUser"] = g.some("aaaa", "bbbb")
		}
		if g.IntN(6) == 0 {
			p["Federated"] = g.some("accounts.google.com", "www.amazon.com")
		}
		s[g.pick("Principal", "Principal", "NotPrincipal")] = p
	}
	conditions := object{}
	for range g.IntN(3) {
		op := g.pick("", "", "", "ForAllValues:", "ForAnyValue:") + g.pick(operators...) + g.pick("", "", "", "IfExists")
		of := object{}
		for range 1 + g.IntN(2) {
			of[g.pick(keys...)] = g.some(values...)
		}
		conditions[op] = of
	}
	if len(conditions) > 0 {
		s["Condition"] = conditions
	}
	if g.IntN(30) == 0 {
		s["Note"] = "x"
	}
	return s
}

func (g generator) document() object {
	statements := make([]any, 1+g.IntN(3))
	for i := range statements {
		statements[i] = g.statement()
	}
	doc := object{"Statement": statements}
	if v := g.pick(policy.Version2012, policy.Version2012, policy.Version2012, policy.Version2008, ""); v != "" {
		doc["Version"] = v
	}
	return doc
}

// question is a request whose parts can be learned.
type question struct {
	action, resource string
	caller           policy.Caller
	keys             map[string]*policy.Value
}

func (g generator) question() question {
	q := question{action: g.pick("s3:GetObject", "s3:PutObject", "kms:Decrypt"), resource: g.pick(targets...), keys: map[string]*policy.Value{}}
	for _, k := range keys {
		v := policy.Value{}
		if g.IntN(3) > 0 {
			v = g.value(k)
		}
		q.keys[k] = &v
	}
	q.caller = g.caller()
	return q
}

// value returns what a key may turn out to be.
func (g generator) value(key string) policy.Value {
	switch {
	case g.IntN(4) == 0:
		return policy.Value{State: policy.Absent}
	case key == "aws:TagKeys":
		return policy.Value{State: policy.Present, Values: g.some(keyTexts...)}
	case key == "aws:username":
		return policy.Value{State: policy.Present, Values: []string{g.pick(users...)}}
	}
	return policy.Value{State: policy.Present, Values: []string{g.pick(keyTexts...)}}
}

func (g generator) caller() policy.Caller {
	c := []policy.Caller{
		{Type: policy.CallerUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", UniqueID: "AIDATHISUSEREXAMPLE", CanonicalID: "aaaa", Boundary: policy.No},
		{Type: policy.CallerRole, Account: "111111111111", ARN: "arn:aws:iam::111111111111:role/team/app", SessionARN: "arn:aws:sts::111111111111:assumed-role/app/job", UniqueID: "AROATHISROLEEXAMPLE", CanonicalID: "aaaa", Provider: "accounts.google.com", Boundary: policy.Yes},
		{Type: policy.CallerRole, Account: "222222222222", ARN: "arn:aws:iam::222222222222:role/app", SessionARN: "arn:aws:sts::222222222222:assumed-role/app/job", UniqueID: "AROAOTHERROLEEXAMPLE", CanonicalID: "bbbb", NoProvider: true, Boundary: policy.No},
		{Type: policy.CallerRoot, Account: "111111111111", ARN: "arn:aws:iam::111111111111:root", CanonicalID: "aaaa"},
		{Type: policy.CallerFederated, Account: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/ben", Issuer: "arn:aws:iam::111111111111:user/ann", UniqueID: "111111111111:ben", CanonicalID: "aaaa", Boundary: policy.No},
		{Type: policy.CallerAnonymous},
		{Type: policy.CallerService, Service: "s3.amazonaws.com"},
	}
	return c[g.IntN(len(c))]
}

// forget returns the caller with some of what is known of it forgotten.
func (g generator) forget(c policy.Caller) policy.Caller {
	if g.IntN(5) == 0 {
		return policy.Caller{}
	}
	forget := func(s *string) {
		if g.IntN(3) == 0 {
			*s = ""
		}
	}
	if c.Type == policy.CallerRole && g.IntN(3) == 0 {
		c.ARNUncertain = true
		c.ARN = "arn:aws:iam::" + c.Account + ":role/app" // without the path
	}
	for _, s := range []*string{&c.ARN, &c.SessionARN, &c.UniqueID, &c.Issuer, &c.Service, &c.CanonicalID, &c.Provider} {
		forget(s)
	}
	if g.IntN(3) == 0 {
		c.NoProvider = false
	}
	if g.IntN(3) == 0 {
		c.Boundary = policy.Unknown
	}
	if g.IntN(8) == 0 {
		c.Account = "" // of one of whom nothing else is known
		c.ARN, c.SessionARN, c.Issuer, c.ARNUncertain = "", "", "", false
	}
	return c
}

func (q *question) request() *policy.Request {
	ctx := policy.NewContext(false)
	for k, v := range q.keys {
		switch v.State {
		case policy.Present:
			ctx.Set(k, v.Values...)
		case policy.Absent:
			ctx.SetAbsent(k)
		default:
		}
	}
	return policy.NewRequest(q.action, q.resource, &q.caller, ctx)
}

// each runs a property on many policies, and prints the seed that broke it.
func each(t *testing.T, property func(g generator) error) {
	t.Helper()
	const fixed, rounds = 403, 5000
	for seed := range uint64(rounds) {
		g := generator{rand.New(rand.NewPCG(fixed, seed))}
		if err := property(g); err != nil {
			t.Fatalf("seed %d, %d: %v", fixed, seed, err)
		}
	}
}

func (g generator) policy() (*policy.Policy, string, error) {
	doc, err := json.Marshal(g.document())
	if err != nil {
		return nil, "", err
	}
	p, err := policy.Parse(doc)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", doc, err)
	}
	return p, string(doc), nil
}

// Learning what was unknown never turns Yes into No, or No into Yes.
func TestLearning(t *testing.T) {
	settled := 0
	each(t, func(g generator) error {
		p, doc, err := g.policy()
		if err != nil {
			return err
		}
		before := g.question()
		known := before.caller
		before.caller = g.forget(known)
		after := question{before.action, before.resource, before.caller, map[string]*policy.Value{}}
		for _, k := range keys { // in order: the generator has to make the same of a seed
			v := *before.keys[k]
			if v.State == policy.NotKnown && g.IntN(2) == 0 {
				v = g.value(k)
			}
			after.keys[k] = &v
		}
		if after.resource == "" {
			after.resource = g.pick(targets[:len(targets)-1]...)
		}
		if g.IntN(2) == 0 {
			after.caller = known
		}
		was, is := p.Match(before.request(), nil), p.Match(after.request(), nil)
		for i := range was {
			if was[i].Truth != policy.Unknown && is[i].Truth == was[i].Truth.Not() {
				return fmt.Errorf("statement %d was %v and is %v\n%s\nbefore %+v\nafter  %+v", i, was[i].Truth, is[i].Truth, doc, before, after)
			}
			if was[i].Truth == policy.Unknown && is[i].Truth != policy.Unknown {
				settled++
			}
			if was[i].Truth == policy.Yes && is[i].Truth == policy.Yes && was[i].Kinds&^is[i].Kinds != 0 {
				return fmt.Errorf("statement %d named by %v and then by %v\n%s", i, was[i].Kinds, is[i].Kinds, doc)
			}
		}
		return nil
	})
	if settled < 200 {
		t.Errorf("only %d answers were settled: the generator is not worth much", settled)
	}
}

// Learning every key that Unsettled names settles the statement, if nothing else is
// unknown and nothing is in doubt.
func TestUnsettledSettles(t *testing.T) {
	settled := 0
	each(t, func(g generator) error {
		p, doc, err := g.policy()
		if err != nil {
			return err
		}
		q := g.question()
		if q.resource == "" {
			q.resource = targets[0]
		}
		r := q.request()
		for _, res := range p.Match(r, nil) {
			keys := p.Unsettled(r, res)
			if res.Truth != policy.Unknown || len(keys) == 0 {
				continue
			}
			learned := question{q.action, q.resource, q.caller, map[string]*policy.Value{}}
			for k, v := range q.keys {
				learned.keys[k] = v
			}
			for _, k := range keys {
				learned.keys[k] = &policy.Value{State: policy.Absent}
			}
			lr := learned.request()
			again := p.Match(lr, nil)[res.Statement]
			if left := p.Unsettled(lr, again); len(left) > 0 {
				return fmt.Errorf("statement %d: %v were learned, and %v are left\n%s\n%+v", res.Statement, keys, left, doc, q)
			}
			if again.Truth != policy.Unknown {
				settled++
			}
		}
		return nil
	})
	if settled < 200 {
		t.Errorf("only %d answers were settled: the generator is not worth much", settled)
	}
}

// The order of statements changes no answer.
func TestOrderOfStatements(t *testing.T) {
	each(t, func(g generator) error {
		doc := g.document()
		q := g.question()
		r := q.request()
		forward := matchDocument(doc, r)
		slices.Reverse(doc["Statement"].([]any))
		backward := matchDocument(doc, r)
		slices.Reverse(backward)
		if diff := cmp.Diff(forward, backward); diff != "" {
			return fmt.Errorf("%v\n%s", doc, diff)
		}
		return nil
	})
}

// The order of values in a list changes no answer.
func TestOrderOfValues(t *testing.T) {
	each(t, func(g generator) error {
		doc := g.document()
		q := g.question()
		r := q.request()
		before := matchDocument(doc, r)
		reverse(doc)
		after := matchDocument(doc, r)
		if diff := cmp.Diff(before, after); diff != "" {
			return fmt.Errorf("%v\n%s", doc, diff)
		}
		for _, v := range q.keys {
			slices.Reverse(v.Values)
		}
		if diff := cmp.Diff(before, matchDocument(doc, q.request())); diff != "" {
			return fmt.Errorf("order in the request: %v\n%s", doc, diff)
		}
		return nil
	})
}

// reverse turns every list of texts round.
func reverse(v any) {
	switch v := v.(type) {
	case object:
		for _, m := range v {
			reverse(m)
		}
	case []any:
		for _, item := range v {
			reverse(item)
		}
	case []string:
		slices.Reverse(v)
	}
}

// outcome is what does not depend on order.
type outcome struct {
	Truth             policy.Truth
	Kinds             policy.Kind
	Missed, Unsettled int
}

func matchDocument(doc object, r *policy.Request) []outcome {
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	p, err := policy.Parse(text)
	if err != nil {
		panic(err)
	}
	var out []outcome
	for _, res := range p.Match(r, nil) {
		out = append(out, outcome{res.Truth, res.Kinds, res.Missed, res.Unsettled})
	}
	return out
}

// A policy that was printed and read again gives the same answers.
func TestPrintedEqual(t *testing.T) {
	each(t, func(g generator) error {
		p, doc, err := g.policy()
		if err != nil {
			return err
		}
		q := g.question()
		q.caller = g.forget(q.caller)
		r := q.request()
		if diff := cmp.Diff(answers(p, r), answers(printed(t, p), r)); diff != "" {
			return fmt.Errorf("%s\n%s", doc, diff)
		}
		return nil
	})
}

// A statement answers alike whoever else asks at the same time, and asking changes
// nothing. Run it with -race.
func TestConcurrent(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(403, 0))}
	for range 50 {
		p, doc, err := g.policy()
		if err != nil {
			t.Fatal(err)
		}
		var requests []*policy.Request
		var alone [][]answer
		for range 8 {
			q := g.question()
			requests = append(requests, q.request())
			alone = append(alone, answers(p, requests[len(requests)-1]))
		}
		var wg sync.WaitGroup
		errs := make(chan string, len(requests)*4)
		for range 4 {
			for i, r := range requests {
				wg.Go(func() {
					if diff := cmp.Diff(alone[i], answers(p, r)); diff != "" {
						errs <- diff
					}
				})
			}
		}
		wg.Wait()
		close(errs)
		for diff := range errs {
			t.Errorf("%s\n%s", doc, diff)
		}
		again, err := p.MarshalJSON()
		if fresh := parse(t, doc); err != nil || !strings.EqualFold(string(again), string(must(fresh.MarshalJSON()))) {
			t.Errorf("asking changed the policy:\n%s\n%s", doc, again)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
