package rules_test

import (
	"fmt"
	"testing"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

func TestProbing(t *testing.T) {
	thresholds := rules.Thresholds{Buckets: 3, Keys: 5, Within: time.Minute, Remembered: 4}
	mine := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/app", Account: "111111111111", ID: "AROAMINE"}
	foreign := evidence.Principal{Type: evidence.PrincipalRole, Account: "222222222222", ID: "AROAFOREIGN"}
	nobody := evidence.Principal{Type: evidence.PrincipalAnonymous}
	config := evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"}
	// over is n denials, each of another bucket, or with a key of another key, step apart.
	over := func(p evidence.Principal, ip, key string, n int, start, step time.Duration) (out []trail.Denial) {
		for i := range n {
			d := trail.Denial{Principal: p, SourceIP: ip, Recipient: "111111111111", Time: now.Add(start + time.Duration(i)*step), Bucket: fmt.Sprintf("b%d", i)}
			if key != "" {
				d.Bucket, d.Key = "b", fmt.Sprintf("%s%d", key, i)
			}
			out = append(out, d)
		}
		return out
	}
	const ip = "203.0.113.7"
	tests := []struct {
		name    string
		batches [][]trail.Denial
		want    []string // of the last batch
	}{
		{"as many buckets as the threshold", [][]trail.Denial{over(mine, ip, "", 3, 0, time.Second)}, []string{"111111111111/AROAMINE 3 buckets 0 keys"}},
		{"one fewer", [][]trail.Denial{over(mine, ip, "", 2, 0, time.Second)}, nil},
		{"the same bucket again and again", [][]trail.Denial{append(over(mine, ip, "", 1, 0, 0), over(mine, ip, "", 1, time.Second, 0)...)}, nil},
		{"over more than the time", [][]trail.Denial{over(mine, ip, "", 6, 0, 31*time.Second)}, nil},
		{"out of order", [][]trail.Denial{over(mine, ip, "", 3, time.Minute, -time.Second)}, []string{"111111111111/AROAMINE 3 buckets 0 keys"}},
		{"over several batches", [][]trail.Denial{over(mine, ip, "", 2, 0, time.Second), over(mine, ip, "", 3, 2*time.Second, time.Second)}, []string{"111111111111/AROAMINE 3 buckets 0 keys"}},
		{"told already", [][]trail.Denial{over(mine, ip, "", 3, 0, time.Second), over(mine, ip, "", 1, 4*time.Second, 0)}, []string{"111111111111/AROAMINE 3 buckets 0 keys again"}},
		{"told long ago", [][]trail.Denial{over(mine, ip, "", 3, 0, time.Second), over(mine, ip, "", 3, time.Hour, time.Second)}, []string{"111111111111/AROAMINE 3 buckets 0 keys"}},
		{"nobody, as many keys as the threshold", [][]trail.Denial{over(nobody, ip, "k", 5, 0, time.Second)}, []string{ip + " 1 buckets 5 keys"}},
		{"nobody, more than it counts to", [][]trail.Denial{over(nobody, ip, "k", 9, 0, time.Second)}, []string{ip + " 1 buckets 5 keys"}},
		{"a job of one's own that fails on every object", [][]trail.Denial{over(mine, ip, "k", 9, 0, time.Second)}, nil},
		{"a service looks at every bucket", [][]trail.Denial{over(config, "config.amazonaws.com", "", 9, 0, time.Second)}, nil},
		{"nobody, from one address", [][]trail.Denial{over(nobody, ip, "", 3, 0, time.Second)}, []string{ip + " 3 buckets 0 keys"}},
		{"nobody, without an address", [][]trail.Denial{over(nobody, "", "", 3, 0, time.Second)}, nil},
		{"nobody, from one IPv6 network", [][]trail.Denial{append(over(nobody, "2001:db8::1", "", 2, 0, 0), over(nobody, "2001:db8::2", "", 3, 0, 0)[2:]...)}, []string{"2001:db8::/64 3 buckets 0 keys"}},
		{"an outsider counts twice: as requester and by address", [][]trail.Denial{over(foreign, ip, "", 3, 0, time.Second)},
			[]string{"222222222222/AROAFOREIGN 3 buckets 0 keys", ip + " 3 buckets 0 keys"}},
		{"a gateway's address that one's own programs share", [][]trail.Denial{append(over(mine, ip, "", 2, 0, 0), over(evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: "AROAOTHER"}, ip, "", 3, 0, 0)[2:]...)}, nil},
		{"forgotten for others", [][]trail.Denial{over(nobody, "192.0.2.1", "", 2, 0, 0), over(nobody, "192.0.2.2", "", 1, time.Second, 0), over(nobody, "192.0.2.3", "", 1, time.Second, 0),
			over(nobody, "192.0.2.4", "", 1, time.Second, 0), over(nobody, "192.0.2.5", "", 1, time.Second, 0), over(nobody, "192.0.2.1", "", 3, 2*time.Second, 0)[2:]}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := rules.NewDetector(thresholds)
			var probes []rules.Probe
			for _, b := range tt.batches {
				probes = x.Observe(b, nil)
			}
			var got []string
			for _, p := range probes {
				s := fmt.Sprintf("%s%s %d buckets %d keys", p.Requester, p.Address, p.Buckets, p.Keys)
				if p.Again {
					s += " again"
				}
				got = append(got, s)
				if p.Last.Sub(p.First) > thresholds.Within {
					t.Errorf("from %s to %s is more than the time", p.First, p.Last)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if last := tt.batches[len(tt.batches)-1]; len(tt.want) > 0 && !rules.IsProbing(probes, last[0], nil) {
				t.Error("the denial is not among those of who probes")
			}
		})
	}
}
