package live_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/trail"
)

// TestCorpus reads the evidence of every case of pkg/authz and pkg/diagnosis from an AWS
// that has what the case says, and comes to the diagnosis of the case.
func TestCorpus(t *testing.T) {
	allowed := map[string]bool{"STS.AssumeRole": true}
	for _, p := range slices.Concat(live.Permissions(live.MemberRole), live.Permissions(live.OrganizationRole)) {
		allowed[p.Operation] = true
	}
	for i, c := range corpus(t) {
		if i%each != 0 {
			continue
		}
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			d, e := denial(t, &c)
			if why := cmp.Or(beyond(e), knowsMore()[c.Topic+"/"+c.Name]); why != "" {
				t.Skip("the case has what AWS never shows: ", why)
			}
			livetest.Complete(&e)
			want := diagnosis.Diagnose(d, authz.Compile(e), diagnosis.Options{})
			cloud := &livetest.Cloud{Evidence: e}
			found := reader(cloud, e).Read(t.Context(), d, diagnosis.Question(d), live.Options{})
			got := diagnosis.Diagnose(d, found.Compiled, diagnosis.Options{})
			if diff := differ(gist(want), gist(got)); diff != "" {
				t.Errorf("%s: of the case (-) and of what was read (+)\n%s", c.Place, diff)
				t.Logf("calls: %v\nread: %s", operations(cloud), dump(found.Evidence))
			}
			for _, op := range operationsOf(cloud) {
				if !allowed[op] {
					t.Errorf("%s is called, and in no policy", op)
				}
			}
		})
	}
}

func corpus(t testing.TB) []authztest.Case {
	t.Helper()
	all := authztest.Read(t, "../../authz/testdata/cases/*.txt", "blocks", "open", "verdict", "because", "needs", "adds")
	return append(all, authztest.Read(t, "../../diagnosis/testdata/cases/*.txt",
		"code", "message", "event", "changes", "protected", "golden",
		"outcome", "cause", "contributing", "open", "ruled", "agrees", "intended", "steps", "verified",
		"remedy", "says", "why", "because", "title", "caution", "command", "alone", "needs", "never", "near", "unread")...)
}

func denial(t testing.TB, c *authztest.Case) (trail.Denial, evidence.Evidence) {
	t.Helper()
	parsed := c.Parse(t)
	q := *parsed.Request
	q.ErrorCode = "AccessDenied"
	d := trail.FromRequest(q, parsed.Context)
	d.Context = append(d.Context, c.Context()...)
	slices.SortFunc(d.Context, func(a, b evidence.ContextKey) int { return strings.Compare(a.Name, b.Name) })
	return d, parsed.Evidence
}

// beyond says what a case has that no call returns.
func beyond(e evidence.Evidence) string {
	for name := range e.Principals {
		if !strings.HasPrefix(name, "arn:") {
			return "the policies of a principal without its name"
		}
	}
	for name, b := range e.Buckets {
		if _, known := b.Account.Value(); !known {
			return "the settings of " + name + ", and not whose it is"
		}
	}
	return ""
}

// knowsMore are the cases in which AWS would show more than the case has, or something
// else, so that the diagnosis is another one.
func knowsMore() map[string]string {
	const (
		tags      = "the tags of a principal, unread beside the rest: one call shows both"
		path      = "a role without its path: it is looked up"
		types     = "policies that are there for one account of an organization and switched off for another"
		notWhole  = "a part of the path of an account"
		undecided = "an ACL that decides nothing"
		partly    = "some of what one call shows"
	)
	return map[string]string{
		"bucketpolicy/nobody read anything of the bucket, and the identity policy denies by its tag":     partly,
		"bucketpolicy/the path of the role is not known":                                                 path,
		"crossaccount/the grant of the bucket policy, by a key that is not known":                        tags,
		"crossaccount/a Deny by a key that is not known, and no grant":                                   tags,
		"endpoint/a Deny that hangs on an unknown key":                                                   tags,
		"endpoint/the same without an Allow":                                                             tags,
		"identity/tags that are unreadable":                                                              tags,
		"identity/a role whose path nobody knows, and a grant to a role of that name":                    path,
		"identity/a role whose path nobody knows, and the evidence has several of that name":             path,
		"identity/a role whose path nobody knows, nor its id, and the evidence has several of that name": path,
		"identity/a key": "a call on nothing",
		"objects/blocked, and the default key is not asked":                                        "a key that is not used",
		"organization/no level has any: the policy type is not enabled":                            types,
		"organization/at an OU under a root of which AWS says that it has none":                    types,
		"organization/a Deny in a path that is not whole":                                          notWhole,
		"organization/a level that allows nothing in a path that is not whole":                     notWhole,
		"organization/a Deny in a path that does not end in the account":                           notWhole,
		"organization/a management account that is not known, and nothing that denies":             partly,
		"organization/an SCP denies, and whether the caller is a service-linked role is not known": path,
		"organization/an RCP denies, and whether the caller is a service-linked role is not known": path,
		"ownership/READ of the object, for writing it":                                             undecided,
		"ownership/FULL_CONTROL of the bucket, for reading its tags":                               undecided,
		"ownership/nobody read the object, and who asked for its ACL was told that there is none":  partly,
		"session/not found by its access key, and known by the role's id and the session's name":   partly,
	}
}

// reader reads all accounts of a cloud, and may read the heads of objects.
func reader(cloud *livetest.Cloud, e evidence.Evidence) *live.Reader {
	return live.New(config(cloud, e))
}

func config(cloud *livetest.Cloud, e evidence.Evidence) live.Config {
	partition := "aws"
	for arn := range e.Principals {
		partition = strings.Split(arn+":aws", ":")[1]
	}
	return live.Config{
		AWS: cloud.Config(), Partition: partition, Home: livetest.Home, Accounts: cloud.Accounts(), RoleName: "why403-reader", ReadObjects: true,
		Regions: []string{"us-east-1", "eu-west-1", "us-west-2", "eu-central-1"}, History: history{e},
	}
}

// history knows the sessions of a case.
type history struct{ evidence.Evidence }

func (h history) Session(_ context.Context, d trail.Denial) evidence.Read[evidence.Grant] {
	for _, key := range []string{d.Principal.AccessKeyID, d.Principal.ID + ":" + d.Principal.Session, d.Principal.ID} {
		if g := h.Sessions[key]; g.State() != evidence.StateNotRead {
			return g
		}
	}
	return evidence.Unreadable[evidence.Grant]("the case does not say")
}

func (h history) Changes(context.Context, trail.Denial, []string) ([]evidence.Change, error) {
	return nil, nil
}

// gist is what a diagnosis comes to, without the words for what could not be read.
func gist(x diagnosis.Diagnosis) []string {
	lines := []string{"outcome " + string(x.Outcome)}
	add := func(what string, c *diagnosis.Cause) {
		if c != nil {
			lines = append(lines, fmt.Sprintf("%s %s %s %s in %s", what, c.ID, c.IsA, c.Confidence, c.Account))
		}
	}
	add("cause", x.Cause)
	for _, c := range x.Contributing {
		add("contributing", &c)
	}
	for _, o := range x.Open {
		lines = append(lines, "open "+string(o.ID))
	}
	for _, c := range x.Checks {
		lines = append(lines, fmt.Sprintf("check %s %s %s %s %s", c.Layer, c.Action, c.Resource, c.Account, c.Verdict))
	}
	for _, s := range x.Remedy.Steps {
		lines = append(lines, fmt.Sprintf("step %s %s %s", s.Account, s.Kind, s.Target))
	}
	return append(lines, fmt.Sprintf("verified %t", x.Remedy.Verified))
}

// differ lists the lines that only one has.
func differ(want, got []string) string {
	var b strings.Builder
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintln(&b, "-", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintln(&b, "+", l)
		}
	}
	return b.String()
}

func operations(c *livetest.Cloud) (all []string) {
	for _, call := range c.Calls() {
		all = append(all, call.Account+" "+call.Operation)
	}
	return all
}

func dump(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}
