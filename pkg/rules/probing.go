package rules

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// Thresholds say what probing is.
type Thresholds struct {
	// Buckets and Keys are how many different ones a requester must be denied on; 0: that
	// many never count. Keys count of anonymous requesters and outsiders only: a job of one's
	// own that fails on every object of a bucket is one finding anyway, and no attack.
	Buckets, Keys int
	// Within is the time in which.
	Within time.Duration
	// Remembered is how many requesters and addresses are remembered at most; the one that
	// was denied longest ago is forgotten first.
	Remembered int
}

// DefaultThresholds returns the thresholds of a usual deployment: more buckets than one
// program has, and more keys than a mistaken prefix brings one by one.
func DefaultThresholds() Thresholds {
	return Thresholds{Buckets: 10, Keys: 200, Within: 10 * time.Minute, Remembered: 2000}
}

// Probe is a requester, or the source address of requests of outsiders, that was denied on
// many buckets or keys.
type Probe struct {
	Requester string // account and id as in finding.Key; empty of an address
	Address   string // empty of a requester
	// Buckets and Keys are how many different ones within the time, up to the threshold.
	Buckets, Keys int
	First, Last   time.Time // denials within the time
	// Again says that it had been told of before, less than the time of the thresholds ago.
	Again bool
}

// Detector finds probing. It goes by the times of the requests, not by a clock, and its
// memory has a bound: the thresholds times Remembered. It is not safe for concurrent use.
type Detector struct {
	t    Thresholds
	seed maphash.Seed
	seen map[source]*trace
}

// A source is who asked, or from where.
type source struct{ requester, address string }

type trace struct {
	buckets, keys map[uint64]time.Time // when each was denied last
	last, told    time.Time
}

// NewDetector returns a Detector that remembers nothing.
func NewDetector(t Thresholds) *Detector {
	return &Detector{t: t, seed: maphash.MakeSeed(), seen: make(map[source]*trace)}
}

// Observe adds the denials of a batch and returns who probes, each once, in the order of
// the denials that showed it. Services and denials without a time or a bucket do not
// count. Addresses count for anonymous requesters and outsiders only: many programs of
// one's own share the address of a NAT gateway. Own are the accounts of the operator.
func (x *Detector) Observe(batch []trail.Denial, own []string) []Probe {
	var out []Probe
	at := make(map[source]int)
	for _, d := range batch {
		if d.Time.IsZero() || d.Bucket == "" {
			continue
		}
		for _, s := range sources(d, own) {
			p, probes := x.add(s, d, stranger(d, own))
			i, known := at[s]
			switch {
			case probes && !known:
				at[s] = len(out)
				out = append(out, p)
			case probes:
				p.Again = out[i].Again
				out[i] = p
			}
		}
	}
	return out
}

// IsProbing reports whether a denial is of a requester or an address among those.
func IsProbing(probes []Probe, d trail.Denial, own []string) bool {
	return slices.ContainsFunc(sources(d, own), func(s source) bool {
		return slices.ContainsFunc(probes, func(p Probe) bool { return p.Requester == s.requester && p.Address == s.address })
	})
}

func sources(d trail.Denial, own []string) []source {
	p := d.Principal
	if p.Type == evidence.PrincipalService {
		return nil
	}
	var out []source
	if p.Type != evidence.PrincipalAnonymous && (p.ID != "" || p.ARN != "") {
		out = append(out, source{requester: finding.KeyOf(d).Requester})
	}
	if stranger(d, own) {
		if ip, err := netip.ParseAddr(d.SourceIP); err == nil {
			out = append(out, source{address: network(ip)})
		}
	}
	return out
}

// stranger reports whether nobody of the operator's asks.
func stranger(d trail.Denial, own []string) bool {
	return d.Principal.Type == evidence.PrincipalAnonymous || outside(d, own)
}

// network is what one sender usually has to choose addresses from: one address, or of
// IPv6 a /64.
func network(ip netip.Addr) string {
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}

func (x *Detector) add(s source, d trail.Denial, stranger bool) (Probe, bool) {
	t := x.seen[s]
	if t == nil {
		x.makeRoom()
		t = &trace{buckets: make(map[uint64]time.Time), keys: make(map[uint64]time.Time)}
		x.seen[s] = t
	}
	if d.Time.After(t.last) {
		t.last = d.Time
	}
	x.note(t.buckets, x.t.Buckets, maphash.String(x.seed, d.Bucket), d.Time, t.last)
	if d.Key != "" && stranger {
		x.note(t.keys, x.t.Keys, maphash.String(x.seed, d.Bucket+"\x00"+d.Key), d.Time, t.last)
	}
	many := func(n, least int) bool { return least > 0 && n >= least }
	if !many(len(t.buckets), x.t.Buckets) && !many(len(t.keys), x.t.Keys) {
		return Probe{}, false
	}
	p := Probe{Requester: s.requester, Address: s.address, Buckets: len(t.buckets), Keys: len(t.keys), First: t.last, Last: t.last}
	for _, seen := range []map[uint64]time.Time{t.buckets, t.keys} {
		for _, when := range seen {
			if when.Before(p.First) {
				p.First = when
			}
		}
	}
	p.Again = !t.told.IsZero() && t.last.Sub(t.told) < x.t.Within
	t.told = t.last
	return p, true
}

// note remembers that something was denied, forgets what is too long ago, and never
// remembers more than the threshold needs.
func (x *Detector) note(seen map[uint64]time.Time, most int, id uint64, at, now time.Time) {
	for other, when := range seen {
		if now.Sub(when) > x.t.Within {
			delete(seen, other)
		}
	}
	if now.Sub(at) > x.t.Within {
		return
	}
	if when, ok := seen[id]; ok || len(seen) < most {
		if at.After(when) {
			seen[id] = at
		}
		return
	}
	// Full, so that it probes: the oldest makes room, lest it go on unseen.
	var oldest uint64
	var first time.Time
	for other, when := range seen {
		if first.IsZero() || when.Before(first) {
			oldest, first = other, when
		}
	}
	if most > 0 && first.Before(at) {
		delete(seen, oldest)
		seen[id] = at
	}
}

func (x *Detector) makeRoom() {
	if x.t.Remembered <= 0 || len(x.seen) < x.t.Remembered {
		return
	}
	var oldest source
	var first time.Time
	for s, t := range x.seen {
		if first.IsZero() || t.last.Before(first) {
			oldest, first = s, t.last
		}
	}
	delete(x.seen, oldest)
}
