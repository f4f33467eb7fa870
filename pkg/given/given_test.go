package given_test

import (
	"encoding/json"
	"strings"
	"testing"

	"why403/pkg/evidence"
	"why403/pkg/given"
	"why403/pkg/trail"
)

const (
	document = `{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	role     = "arn:aws:iam::111111111111:role/team/app"
	key      = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	point    = "arn:aws:s3:us-east-1:222222222222:accesspoint/ap"
)

// TestParse reads what people have at hand.
func TestParse(t *testing.T) {
	quoted, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, policy, err string }{
		{"a document", document, "", ""},
		{"with a byte order mark", "\ufeff" + document + "\n", "", ""},
		{"a string", string(quoted), "", ""},
		{"get-bucket-policy, get-key-policy", `{"Policy":` + string(quoted) + `}`, "", ""},
		{"get-role-policy", `{"RoleName":"app","PolicyName":"app-data","PolicyDocument":` + document + `}`, "app-data", ""},
		{"get-policy-version", `{"PolicyVersion":{"Document":` + document + `,"VersionId":"v4"}}`, "", ""},
		{"describe-policy", `{"Policy":{"PolicySummary":{"Id":"p-1","Name":"fence"},"Content":` + string(quoted) + `}}`, "fence", ""},
		{"describe-vpc-endpoints", `{"VpcEndpoints":[{"VpcEndpointId":"vpce-1","PolicyDocument":` + string(quoted) + `}]}`, "", ""},
		{"of two endpoints", `{"VpcEndpoints":[{"PolicyDocument":` + document + `},{"PolicyDocument":` + document + `}]}`, "", "not a policy"},
		{"nothing", " \n", "", "empty"},
		{"text", "hello", "", "not a policy"},
		{"another object", `{"hello":"world"}`, "", "Statement"},
		{"a broken policy", `{"Statement":[{"Effect":"Maybe"}]}`, "", "not a policy"},
		{"no end of it", strings.Repeat(`{"Policy":`, 50) + document + strings.Repeat("}", 50), "", "not a policy"},
	} {
		p, err := given.Parse([]byte(tt.text))
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.err)
			}
		case err != nil || string(p.Document) != document || p.Name != tt.policy:
			t.Errorf("%s: %q %s, error %v", tt.name, p.Name, p.Document, err)
		}
	}
}

func denial() trail.Denial {
	return trail.Denial{
		Bucket: "acme-data", BucketAccount: "222222222222", Operation: "GetObject",
		Principal:      evidence.Principal{Type: evidence.PrincipalRole, ARN: role, Account: "111111111111", ID: "AROAEXAMPLE", Session: "job", AccessKeyID: "ASIAEXAMPLE"},
		Authorizations: []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/home/a.csv"}},
	}
}

func named(kind given.Kind, name string) given.Document {
	return given.Document{Kind: kind, Name: name, Policy: given.Policy{Document: json.RawMessage(document)}}
}

// in are the policies of a place in the evidence, as NAME, with ! if it is unreadable and *
// if it is the document that was handed over.
func in(list []evidence.Policy) string {
	var all []string
	for _, p := range list {
		switch {
		case p.Unreadable != "":
			p.Name += "!"
		case string(p.Document) == document:
			p.Name += "*"
		}
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

func value[T any](r evidence.Read[T]) T { v, _ := r.Value(); return v }

// TestPut holds where each kind goes, and when that is for the person to say.
func TestPut(t *testing.T) {
	other := evidence.Policy{Name: "other", Document: json.RawMessage(`{"Statement":[]}`)}
	data := evidence.Policy{Name: "app-data", ARN: "arn:aws:iam::111111111111:policy/app-data", Document: json.RawMessage(`{"Statement":[]}`)}
	closed := evidence.Policy{Name: "closed", Unreadable: "AccessDenied"}
	with := func(list ...evidence.Policy) evidence.Evidence {
		return evidence.Evidence{Principals: map[string]evidence.Identity{role: {Policies: evidence.Known(list)}}}
	}
	path := func(root, account evidence.Read[[]evidence.Policy]) evidence.Evidence {
		return evidence.Evidence{Accounts: map[string]evidence.Account{"111111111111": {Path: evidence.Known([]evidence.PathElement{{ID: "r-root", SCPs: root}, {ID: "111111111111", SCPs: account}})}}}
	}
	full := evidence.Policy{Name: "FullAWSAccess"}
	identity := func(e evidence.Evidence) string { return in(value(e.Principals[role].Policies)) }
	bucket := func(name string) func(evidence.Evidence) string {
		return func(e evidence.Evidence) string { return string(value(e.Buckets[name].Policy)) }
	}
	scps := func(e evidence.Evidence) string {
		var all []string
		for _, l := range value(e.Accounts["111111111111"].Path) {
			all = append(all, l.ID+": "+in(value(l.SCPs)))
		}
		return strings.Join(all, "; ")
	}
	for _, tt := range []struct {
		name     string
		evidence evidence.Evidence
		change   func(*trail.Denial)
		give     []given.Document
		complete bool
		of       func(evidence.Evidence) string
		want     string
		err      string
	}{
		{name: "bucket policy", give: []given.Document{named(given.BucketPolicy, "")}, of: bucket("acme-data"), want: document},
		{name: "bucket policy, by name", give: []given.Document{named(given.BucketPolicy, "acme-data")}, of: bucket("acme-data"), want: document},
		{name: "bucket policy of another bucket", give: []given.Document{named(given.BucketPolicy, "acme-logs")}, err: `no bucket "acme-logs": say bucket-policy=acme-data:FILE`},
		{name: "bucket policy of a copy", give: []given.Document{named(given.BucketPolicy, "")}, change: func(d *trail.Denial) {
			d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: "s3:PutObject", Resource: "arn:aws:s3:::acme-copy/x"})
		}, err: "several of them: say bucket-policy=acme-data:FILE or bucket-policy=acme-copy:FILE"},
		{name: "bucket policy of the copy", give: []given.Document{named(given.BucketPolicy, "acme-copy")}, change: func(d *trail.Denial) {
			d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: "s3:PutObject", Resource: "arn:aws:s3:::acme-copy/x"})
		}, of: bucket("acme-copy"), want: document},
		{name: "bucket policy, no bucket", give: []given.Document{named(given.BucketPolicy, "")}, change: func(d *trail.Denial) { d.Bucket, d.Authorizations = "", nil }, err: "does not say which bucket"},
		{name: "access point", give: []given.Document{named(given.AccessPointPolicy, "")}, change: func(d *trail.Denial) { d.AccessPoint = point },
			of: func(e evidence.Evidence) string { return string(value(e.AccessPoints[point].Policy)) }, want: document},
		{name: "access point, none", give: []given.Document{named(given.AccessPointPolicy, "")}, err: "which access point"},
		{name: "key, of the bucket's encryption", give: []given.Document{named(given.KeyPolicy, "1234abcd")},
			evidence: evidence.Evidence{Buckets: map[string]evidence.Bucket{"acme-data": {Encryption: evidence.Known(evidence.Encryption{KMSMasterKeyID: key})}}},
			of:       func(e evidence.Evidence) string { return string(value(e.Keys[key].Policy)) }, want: document},
		{name: "key, not known", give: []given.Document{named(given.KeyPolicy, "")}, err: "which KMS key the request was for (s3:GetEncryptionConfiguration"},
		{name: "endpoint", give: []given.Document{named(given.EndpointPolicy, "")}, change: func(d *trail.Denial) { d.VPCEndpointID = "vpce-1" },
			evidence: evidence.Evidence{VPCEndpoints: map[string]evidence.Read[evidence.VPCEndpoint]{"vpce-1": evidence.Known(evidence.VPCEndpoint{VPCID: "vpc-1"})}},
			of: func(e evidence.Evidence) string {
				v := value(e.VPCEndpoints["vpce-1"])
				return v.VPCID + string(v.PolicyDocument)
			}, want: "vpc-1" + document},

		{name: "IAM policy, none read", give: []given.Document{named(given.IdentityPolicy, "")}, of: identity, want: "(others)! given-1*"},
		{name: "IAM policies, none read", give: []given.Document{named(given.IdentityPolicy, ""), named(given.IdentityPolicy, "two")}, of: identity, want: "(others)! given-1* two*"},
		{name: "IAM policies, all", give: []given.Document{named(given.IdentityPolicy, ""), named(given.IdentityPolicy, "")}, complete: true, of: identity, want: "given-1* given-2*"},
		{name: "IAM policy, the only one", evidence: with(data), give: []given.Document{named(given.IdentityPolicy, "")}, of: identity, want: "app-data*"},
		{name: "IAM policy, the unreadable one", evidence: with(data, closed, other), give: []given.Document{named(given.IdentityPolicy, "")}, of: identity, want: "app-data closed* other"},
		{name: "IAM policy, of several", evidence: with(data, other), give: []given.Document{named(given.IdentityPolicy, "")}, err: "say identity-policy=app-data:FILE or identity-policy=other:FILE"},
		{name: "IAM policy, by ARN", evidence: with(data, other), give: []given.Document{named(given.IdentityPolicy, data.ARN)}, of: identity, want: "app-data* other"},
		{name: "IAM policy, one more", evidence: with(data, other), give: []given.Document{named(given.IdentityPolicy, "third")}, of: identity, want: "app-data other third*"},
		{name: "IAM policy, instead of all", evidence: with(data, other), give: []given.Document{named(given.IdentityPolicy, "")}, complete: true, of: identity, want: "given-1*"},
		{name: "IAM policy of a role whose path the record has not", evidence: with(data), give: []given.Document{named(given.IdentityPolicy, "")},
			change: func(d *trail.Denial) {
				d.Principal.ARN, d.Principal.PathUnknown = "arn:aws:iam::111111111111:role/app", true
			}, of: identity, want: "app-data*"},
		{name: "IAM policy of nobody", give: []given.Document{named(given.IdentityPolicy, "")}, change: func(d *trail.Denial) { d.Principal = evidence.Principal{Type: evidence.PrincipalAnonymous} }, err: "no IAM policies"},
		{name: "boundary", give: []given.Document{named(given.Boundary, "")}, of: func(e evidence.Evidence) string { return in([]evidence.Policy{value(e.Principals[role].Boundary)}) }, want: "boundary*"},
		{name: "session policy", give: []given.Document{named(given.SessionPolicy, "")}, of: func(e evidence.Evidence) string { return in(value(e.Sessions["ASIAEXAMPLE"]).Policies) }, want: "(others)! given-1*"},
		{name: "session policy, all", give: []given.Document{named(given.SessionPolicy, "")}, complete: true, of: func(e evidence.Evidence) string { return in(value(e.Sessions["ASIAEXAMPLE"]).Policies) }, want: "given-1*"},
		{name: "session policy of no session", give: []given.Document{named(given.SessionPolicy, "")}, change: func(d *trail.Denial) { d.Principal.Session = "" }, err: "not made with a session"},

		{name: "SCP, no organization", give: []given.Document{named(given.SCP, "")}, err: "where account 111111111111 stands in its organization"},
		{name: "RCP, no organization", give: []given.Document{named(given.RCP, "")}, err: "where account 222222222222 stands in its organization"},
		{name: "SCP, the unreadable one", evidence: path(evidence.Known([]evidence.Policy{full}), evidence.Known([]evidence.Policy{full, closed})), give: []given.Document{named(given.SCP, "")},
			of: scps, want: "r-root: FullAWSAccess; 111111111111: FullAWSAccess closed*"},
		{name: "SCP, the level that was not read", evidence: path(evidence.Known([]evidence.Policy{full}), evidence.Unreadable[[]evidence.Policy]("no")), give: []given.Document{named(given.SCP, "")},
			of: scps, want: "r-root: FullAWSAccess; 111111111111: (others)! given*"},
		{name: "SCP, all of the level", evidence: path(evidence.Known([]evidence.Policy{full}), evidence.Unreadable[[]evidence.Policy]("no")), give: []given.Document{named(given.SCP, "")}, complete: true,
			of: scps, want: "r-root: FullAWSAccess; 111111111111: given*"},
		{name: "SCP, by level", evidence: path(evidence.Known([]evidence.Policy{full}), evidence.Known([]evidence.Policy{full})), give: []given.Document{named(given.SCP, "r-root")},
			of: scps, want: "r-root: FullAWSAccess given*; 111111111111: FullAWSAccess"},
		{name: "SCP, anywhere", evidence: path(evidence.Known([]evidence.Policy{full}), evidence.Known([]evidence.Policy{full})), give: []given.Document{named(given.SCP, "")}, err: "Say scp=r-root:FILE or scp=111111111111:FILE"},
		{name: "no kind", give: []given.Document{named("acl", "")}, err: "want bucket-policy, access-point-policy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := denial()
			if tt.change != nil {
				tt.change(&d)
			}
			before, err := json.Marshal(tt.evidence)
			if err != nil {
				t.Fatal(err)
			}
			got, err := given.Put(evidence.Case{Evidence: tt.evidence}, d, tt.give, tt.complete)
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), string(tt.give[0].Kind)+": ") {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if s := tt.of(got.Evidence); s != tt.want {
					t.Errorf("got %s, want %s", s, tt.want)
				}
			}
			if after, err := json.Marshal(tt.evidence); err != nil || string(after) != string(before) {
				t.Error("the case it was made of has changed")
			}
		})
	}
}
