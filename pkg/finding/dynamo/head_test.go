package dynamo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/finding/findingtest"
)

// noise is text that no compression makes shorter.
func noise(seed uint64, runes int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range runes {
		b.WriteRune(rune(0x4e00 + r.IntN(0x5000)))
	}
	return b.String()
}

// size is how many bytes DynamoDB counts of an item.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func size(t *testing.T, item map[string]types.AttributeValue) int {
	t.Helper()
	n := 0
	for name, v := range item {
		n += len(name)
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			n += len(v.Value)
		case *types.AttributeValueMemberN:
			n += len(v.Value)/2 + 2
		case *types.AttributeValueMemberB:
			n += len(v.Value)
		case *types.AttributeValueMemberBS:
			for _, b := range v.Value {
				n += len(b)
			}
		case *types.AttributeValueMemberBOOL:
			n++
		default:
			t.Errorf("%s is a %T", name, v)
		}
	}
	return n
}

// testHeadSize has everything in a finding as long as somebody can make it.
func testHeadSize(t *testing.T, b bench) {
	s := New(b.api, b.table)
	var all []finding.Occurrence
	for n := range 100 {
		o := findingtest.Sample(noise(1, 500), n)
		o.Key.Requester = noise(2, 500)
		o.ID = noise(uint64(100+n), 500)
		o.ObjectKey = noise(uint64(200+n), 20) + "/" + noise(uint64(300+n), 20) + "/" + noise(4, 900)
		zero := 0
		o.Diagnosis.Denial.Principal.ARN, o.Diagnosis.Denial.Bucket = "arn:"+noise(5, 500), noise(6, 500)
		o.Diagnosis.Cause = &diagnosis.Cause{
			ID: diagnosis.CauseID(fmt.Sprintf("A_CAUSE_WITH_A_LONG_NAME_%d", n%40)), Confidence: diagnosis.Confirmed, Account: "111111111111",
			Because: []diagnosis.Reason{{Policy: noise(uint64(400+n), 500), SID: noise(7, 100), Statement: &zero, Effect: "Deny"}},
		}
		all = append(all, o)
	}
	id := mustRecord(t, s, all...).Finding.ID
	var causes []string
	for n := range 40 {
		causes = append(causes, fmt.Sprintf("A_CAUSE_WITH_A_LONG_NAME_%d", n))
	}
	if err := s.Announced(t.Context(), id, finding.Announcement{Causes: causes, Told: finding.Told{At: findingtest.Start(), Count: 100, Status: finding.Open}}); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		c := finding.StatusChange{
			Status: finding.Suppressed, At: findingtest.Start(), By: noise(uint64(500+n), 500), Reason: noise(uint64(600+n), 500),
			Until: findingtest.Start().Add(1000 * time.Hour), How: finding.ByHand,
		}
		if _, err := s.SetStatus(t.Context(), id, c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Claim(t.Context(), id, findingtest.Start(), time.Minute); err != nil {
		t.Fatal(err)
	}
	out, err := b.api.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &b.table, Key: key(id, partHead)})
	if err != nil {
		t.Fatal(err)
	}
	if n := size(t, out.Item); n > maxHead {
		t.Errorf("the head has %d bytes, want %d at most", n, maxHead)
	}
	f, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "count", f.Count, 100)
	same(t, "status", f.Status, finding.Suppressed)
	same(t, "until", f.Changed.Until, findingtest.Start().Add(1000*time.Hour))
	same(t, "samples", len(f.Samples), finding.MaxSamples)
	same(t, "count of causes", len(f.Causes), finding.MaxCauses+1)
	if got := mustRecord(t, s, all...); got.New != 0 {
		t.Errorf("%d counted twice", got.New)
	}
}

// testSchema1 has a head that holds all of the finding, as it once was written.
func testSchema1(t *testing.T, b bench) {
	for i, write := range []func(*Store, string) error{
		func(s *Store, _ string) error {
			_, err := s.Record(t.Context(), findingtest.Samples("bucket-0", 1, 3))
			return err
		},
		func(s *Store, id string) error {
			return s.Announced(t.Context(), id, finding.Announcement{Causes: []string{"A"}})
		},
		func(s *Store, id string) error {
			_, err := s.SetStatus(t.Context(), id, finding.StatusChange{Status: finding.Resolved})
			return err
		},
	} {
		s := New(b.api, b.table)
		item := stored(t, findingtest.Samples(fmt.Sprintf("bucket-%d", i), 4, 5)...)
		id := idOf(item)
		for name, v := range item {
			if name == attrID || name == attrPart {
				continue
			}
			if err := b.edit(t.Context(), id, "SET #a = :v", name, v); err != nil {
				t.Fatal(err)
			}
		}
		before, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(s, id); err != nil {
			t.Fatal(err)
		}
		after, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "diagnosis", after.Diagnosis, before.Diagnosis)
		for _, key := range before.Keys {
			if !bytes.Contains([]byte(strings.Join(after.Keys, "\n")), []byte(key)) {
				t.Errorf("key %q is lost: %q", key, after.Keys)
			}
		}
		same(t, "schema", b.head(t, id)["schema"], "number 2")
		same(t, "count", after.Count, map[int]int{0: 5}[i]+map[bool]int{true: 2}[i > 0])
	}
}

// testExpires holds that a head expires when it is resolved, and only then.
func testExpires(t *testing.T, b bench) {
	now := time.Unix(1_800_000_000, 0)
	s := New(b.api, b.table, WithClock(func() time.Time { return now }))
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	for n, status := range []finding.Status{
		finding.Acknowledged, finding.Resolved, finding.Open, finding.Resolved, finding.Suppressed, finding.Resolved,
	} {
		if _, err := s.SetStatus(t.Context(), id, finding.StatusChange{Status: status}); err != nil {
			t.Fatal(err)
		}
		want := ""
		if status == finding.Resolved {
			want = fmt.Sprintf("number %d", now.Add(resolvedLife).Unix())
		}
		same(t, fmt.Sprintf("end of what is %s (%d)", status, n), b.head(t, id)[attrExpires], want)
	}
	mustRecord(t, s, findingtest.Sample("acme-data", 2))
	same(t, "end after it happened again", b.head(t, id)[attrExpires], "")

	now = now.Add(finding.DiagnosisLife + time.Second)
	f, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "format of an expired diagnosis", f.Diagnosis.Format, "")
	same(t, "cause without it", f.Cause(), "IDENTITY_NO_ALLOW")
}

// testTooLarge has a case that no item can hold.
func testTooLarge(t *testing.T, b bench) {
	s := New(b.api, b.table)
	o := findingtest.Sample("acme-data", 1)
	o.Case = func() ([]byte, error) { return fmt.Appendf(nil, `{"text":%q}`, noise(1, 300_000)), nil }
	id := mustRecord(t, s, o).Finding.ID
	_, err := s.Case(t.Context(), id)
	wantError(t, err, finding.ErrNoCase.Error())
	f, err := s.Get(t.Context(), id)
	if err != nil || f.Diagnosis.Cause == nil {
		t.Errorf("diagnosis %+v, error %v", f.Diagnosis, err)
	}
}
