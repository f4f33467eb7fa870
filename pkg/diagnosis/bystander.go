package diagnosis

import (
	"encoding/json"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// bystander is somebody or something that a remedy is not meant for.
type bystander struct {
	name string
	// as makes the request that of the bystander.
	as func(w *world)
	// sameKey says that it is the requester's own access to what may be under the same
	// KMS key: whoever may use a key may use it for all that S3 lets it read.
	sameKey bool
}

// opened names the bystanders who were refused for sure before the changes and are not
// any more. A change that lifts a barrier for everybody is left out: it says so
// itself. So is one of the request alone, which opens nothing.
func (j *join) opened(made []proposal) []string {
	before, keyed, after := j.copyOf(), j.copyOf(), j.copyOf()
	for i := range made {
		c := made[i].change
		if c == nil {
			continue
		}
		_ = c.apply(after) // as it was applied before
		if c.unlocks != "" || c.kind == changeRequest {
			_ = c.apply(before)
			_ = c.apply(keyed)
		} else if id := made[i].of.id; aboutKey(id) {
			_ = c.apply(keyed)
		}
	}
	var out []string
	for _, b := range j.bystanders() {
		one, two := clone(before), clone(after)
		if b.sameKey {
			one = clone(keyed)
		}
		b.as(one)
		b.as(two)
		if one.decide().Allowed == policy.No && two.decide().Allowed != policy.No {
			out = append(out, b.name)
		}
	}
	return out
}

// clone copies a world once more.
func clone(w *world) *world {
	j := join{evidence: &authz.Evidence{Evidence: w.evidence}, question: &w.request}
	return j.copyOf()
}

// bystanders are those who must not come in by the way: others with every permission
// of their own, and the requester where it did not ask to be.
func (j *join) bystanders() []bystander {
	var out []bystander
	if isAccount(j.Principal.Account) {
		out = append(out, bystander{name: "another role of account " + j.Principal.Account, as: func(w *world) {
			w.become("arn:aws:iam::" + j.Principal.Account + ":role/why403/bystander")
		}})
	}
	if isAccount(j.owner) && j.owner != j.Principal.Account {
		out = append(out, bystander{name: "another role of account " + j.owner, as: func(w *world) {
			w.become("arn:aws:iam::" + j.owner + ":role/why403/bystander")
		}})
	}
	out = append(out,
		bystander{name: "another account", as: func(w *world) { w.become("arn:aws:iam::000000000000:role/why403/bystander") }},
		bystander{name: "anonymous requests", as: func(w *world) {
			w.request.Principal = evidence.Principal{Type: evidence.PrincipalAnonymous}
			w.request.Context = policy.NewContext(true)
		}},
	)
	for _, write := range []string{"s3:PutObject", "s3:DeleteObject", "s3:GetObject"} {
		if !j.asksFor(write) && j.key != "" {
			out = append(out, bystander{name: write + " by the requester", as: func(w *world) {
				w.ask(write, "arn:"+j.Partition+":s3:::"+j.bucket+"/"+j.key, j.owner)
			}})
		}
	}
	if action := j.first(); action != "" && j.key != "" {
		out = append(out,
			bystander{name: "other objects of the bucket", sameKey: true, as: func(w *world) {
				w.ask(action, "arn:"+j.Partition+":s3:::"+j.bucket+"/why403-bystander/"+j.key+"-other", j.owner)
			}},
			bystander{name: "other buckets", as: func(w *world) {
				w.ask(action, "arn:"+j.Partition+":s3:::"+j.bucket+"-why403-bystander/"+j.key, j.owner)
			}},
		)
	}
	return out
}

func (j *join) asksFor(action string) bool {
	return slices.ContainsFunc(j.question.Authorizations, func(a evidence.Authorization) bool { return strings.EqualFold(a.Action, action) })
}

func (j *join) first() string {
	for _, a := range j.question.Authorizations {
		if strings.HasPrefix(a.Action, "s3:") {
			return a.Action
		}
	}
	return ""
}

// become makes the request that of a role which may do everything by its own policies.
func (w *world) become(arn string) {
	account := accountOf(arn)
	w.request.Principal = evidence.Principal{Type: evidence.PrincipalRole, ARN: arn, Account: account, ID: "AROAWHY403BYSTANDER", Session: "bystander", AccessKeyID: "ASIAWHY403BYSTANDER"}
	everything := json.RawMessage(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if w.evidence.Principals == nil {
		w.evidence.Principals = make(map[string]evidence.Identity)
	}
	w.evidence.Principals[arn] = evidence.Identity{
		Policies: evidence.Known([]evidence.Policy{{Name: "everything", Document: everything}}),
		Boundary: evidence.Absent[evidence.Policy]("none"), Tags: evidence.Absent[map[string]string]("none"),
	}
	if w.evidence.Sessions == nil {
		w.evidence.Sessions = make(map[string]evidence.Read[evidence.Grant])
	}
	w.evidence.Sessions["ASIAWHY403BYSTANDER"] = evidence.Absent[evidence.Grant]("none")
	if w.evidence.Accounts == nil {
		w.evidence.Accounts = make(map[string]evidence.Account)
	}
	if _, ok := w.evidence.Accounts[account]; !ok {
		w.evidence.Accounts[account] = evidence.Account{
			CanonicalID:  evidence.Known("why403-bystander"),
			Organization: evidence.Absent[evidence.Organization]("none"),
		}
	}
	ofRequester := []string{
		"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid", "aws:username", "aws:PrincipalType",
		"aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
	}
	w.request.Context.Forget(ofRequester...)
}

// ask makes the request another one of the same requester.
func (w *world) ask(action, resource, account string) {
	w.request.Authorizations = []evidence.Authorization{{Action: action, Resource: resource, Account: account}}
	w.request.Operation = strings.TrimPrefix(action, "s3:")
	w.request.KMSKey, w.request.VersionID = "", ""
	_, _, rest, _ := splitARN(resource)
	w.request.Bucket, _, _ = strings.Cut(rest, "/")
	for name, o := range w.evidence.Objects {
		// What is beside the object is like it.
		if _, ok := w.evidence.Objects[rest]; !ok && strings.HasPrefix(name, strings.SplitN(rest, "/", 2)[0]+"/") {
			w.evidence.Objects[rest] = o
			break
		}
	}
}
