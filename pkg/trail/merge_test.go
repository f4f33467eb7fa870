package trail_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// TestMergeSample: what the two copies of the sample prove together.
func TestMergeSample(t *testing.T) {
	requester, owner := sampleDenial(t, "two-copies-requester"), sampleDenial(t, "two-copies-owner")
	if !trail.SameRequest(requester, owner) || !trail.SameRequest(owner, requester) {
		t.Fatal("the copies are not taken for copies of one request")
	}
	golden(t, "testdata/golden/two-copies-merged.txt", dump(trail.Merge(owner, requester)))
}

// TestSameRequest: copies share an id and the call.
func TestSameRequest(t *testing.T) {
	one := trail.Denial{SharedEventID: "s", Operation: "GetObject"}
	for name, tt := range map[string]struct {
		other trail.Denial
		want  bool
	}{
		"a copy":       {trail.Denial{SharedEventID: "s", Operation: "GetObject", EventID: "e"}, true},
		"another call": {trail.Denial{SharedEventID: "s", Operation: "Decrypt"}, false},
		"another id":   {trail.Denial{SharedEventID: "t", Operation: "GetObject"}, false},
		"no id":        {trail.Denial{Operation: "GetObject"}, false},
	} {
		if trail.SameRequest(one, tt.other) != tt.want || trail.SameRequest(tt.other, one) != tt.want {
			t.Errorf("%s: want %v", name, tt.want)
		}
	}
	if trail.SameRequest(trail.Denial{Operation: "GetObject"}, trail.Denial{Operation: "GetObject"}) {
		t.Error("two records without shared id are taken for copies")
	}
}

// TestMergeCopies makes of every sample the copies that CloudTrail delivers, each
// with less than the whole, and merges them in pairs: the order does not matter,
// and nothing that one copy tells is lost.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html
func TestMergeCopies(t *testing.T) {
	for _, file := range samples(t) {
		for _, doc := range documents(t, file) {
			raw, _, err := trail.Unwrap(doc)
			if err != nil {
				continue
			}
			if _, ignored, err := trail.Parse(raw); err != nil || ignored != "" {
				continue
			}
			var copies []trail.Denial
			for _, c := range copiesOf(t, raw) {
				d, ignored, err := trail.Parse(c)
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				if ignored == "" {
					copies = append(copies, d)
				}
			}
			for _, a := range copies {
				for _, b := range copies {
					merged := trail.Merge(a, b)
					if other := trail.Merge(b, a); !reflect.DeepEqual(merged, other) {
						t.Fatalf("%s: the order matters:\n%s", file, cmp.Diff(merged, other))
					}
					keeps(t, file, merged, a)
					keeps(t, file, merged, b)
				}
			}
			all := copies[0]
			for _, c := range copies[1:] {
				all = trail.Merge(all, c)
			}
			keeps(t, file, all, copies[0])
		}
	}
}

// copiesOf returns copies of a record: the whole, the bucket owner's, which shows
// of a foreign requester the account and the unique id only, the requester's, which
// does not name the owner of the bucket, and some with members missing.
func copiesOf(t *testing.T, raw []byte) [][]byte {
	t.Helper()
	var identity struct {
		UserIdentity struct {
			PrincipalID string `json:"principalId"`
			AccountID   string `json:"accountId"`
		} `json:"userIdentity"`
		Resources []map[string]any `json:"resources"`
	}
	_ = json.Unmarshal(raw, &identity) // members of another type do not matter here
	unowned := make([]any, 0, len(identity.Resources))
	for _, res := range identity.Resources {
		res["accountId"] = ""
		unowned = append(unowned, res)
	}
	var out [][]byte
	for i, changes := range []map[string]any{
		{},
		{"userIdentity": map[string]any{"type": "AWSAccount", "principalId": identity.UserIdentity.PrincipalID, "accountId": identity.UserIdentity.AccountID}, "recipientAccountId": "222222222222"},
		{"resources": unowned, "recipientAccountId": identity.UserIdentity.AccountID},
		{"resources": nil, "tlsDetails": nil, "errorMessage": "Access Denied"},
		{"userIdentity/sessionContext": nil, "requestParameters": nil},
		{"errorMessage": nil, "additionalEventData": nil, "vpcEndpointAccountId": nil},
	} {
		changes["eventID"] = "event-" + string(rune('a'+i))
		changes["sharedEventID"] = "shared"
		out = append(out, change(t, string(raw), changes))
	}
	return out
}

// keeps fails if a merged denial knows less than one of its copies.
func keeps(t *testing.T, file string, merged, of trail.Denial) {
	t.Helper()
	for name, values := range map[string][2]string{
		"bucket": {merged.Bucket, of.Bucket}, "key": {merged.Key, of.Key}, "version": {merged.VersionID, of.VersionID}, "owner": {merged.BucketAccount, of.BucketAccount},
		"access point": {merged.AccessPoint, of.AccessPoint}, "alias": {merged.AccessPointAlias, of.AccessPointAlias}, "KMS key": {merged.KMSKey, of.KMSKey},
		"endpoint": {merged.VPCEndpointID, of.VPCEndpointID}, "endpoint's owner": {merged.VPCEndpointAccount, of.VPCEndpointAccount},
		"address": {merged.SourceIP, of.SourceIP}, "agent": {merged.UserAgent, of.UserAgent}, "code": {merged.ErrorCode, of.ErrorCode}, "region": {merged.Region, of.Region},
		"principal's account": {merged.Principal.Account, of.Principal.Account}, "unique id": {merged.Principal.ID, of.Principal.ID}, "session": {merged.Principal.Session, of.Principal.Session},
		"access key": {merged.Principal.AccessKeyID, of.Principal.AccessKeyID}, "via": {merged.Principal.Via, of.Principal.Via}, "issuer": {merged.Principal.Issuer, of.Principal.Issuer},
	} {
		if values[1] != "" && values[0] != values[1] {
			t.Errorf("%s: %s is %q, one copy has %q", file, name, values[0], values[1])
		}
	}
	switch {
	case of.Principal.ARN != "" && merged.Principal.ARN == "", of.Principal.ARN != "" && !of.Principal.PathUnknown && merged.Principal.PathUnknown:
		t.Errorf("%s: the requester's ARN is lost: %+v of %+v", file, merged.Principal, of.Principal)
	case of.Principal.Type != evidence.PrincipalAccount && merged.Principal.Type == evidence.PrincipalAccount:
		t.Errorf("%s: the kind of the requester is lost: %+v of %+v", file, merged.Principal, of.Principal)
	case of.Message.Action != "" && merged.Message.Action == "", of.Message.PolicyARN != "" && merged.Message.PolicyARN == "":
		t.Errorf("%s: AWS's message is lost: %+v of %+v", file, merged.Message, of.Message)
	case of.RequesterPays && !merged.RequesterPays, of.Website && !merged.Website:
		t.Errorf("%s: a flag is lost", file)
	}
	for _, k := range of.Context {
		if k.State == evidence.KeyUnknown {
			continue
		}
		if got := merged.Context.Lookup(k.Name); got.State == evidence.KeyUnknown {
			t.Errorf("%s: %s is unknown, one copy has %s", file, k.Name, state(k))
		}
	}
	for _, a := range of.Authorizations {
		found := false
		for _, b := range merged.Authorizations {
			found = found || strings.EqualFold(a.Action, b.Action) && (a.Resource == "" || a.Resource == b.Resource) && (a.Account == "" || a.Account == b.Account)
		}
		if !found {
			t.Errorf("%s: %+v is lost: %+v", file, a, merged.Authorizations)
		}
	}
}

// samples returns the sample events and the shapes.
func samples(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../../events/*.json", "testdata/shapes/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		all = append(all, files...)
	}
	return all
}

func documents(t *testing.T, file string) [][]byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var docs [][]byte
	for s := trail.NewScanner(f); ; {
		item, ok := s.Next()
		if !ok {
			return docs
		}
		if item.Err == nil {
			docs = append(docs, append([]byte(nil), item.Raw...))
		}
	}
}

func sampleDenial(t *testing.T, name string) trail.Denial {
	t.Helper()
	doc, err := os.ReadFile("../../events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d, ignored, err := trail.Parse(doc)
	if err != nil || ignored != "" {
		t.Fatalf("%s: ignored %q, error %v", name, ignored, err)
	}
	return d
}
