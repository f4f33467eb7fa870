package finding

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"why403/pkg/clean"
)

const (
	// MaxCauses is how many causes a finding tells apart.
	MaxCauses = 8
	// OtherCauses counts those that are beyond.
	OtherCauses = "(other)"
	// MaxPrefixes is how many beginnings of object keys a finding tells apart.
	MaxPrefixes = 10
	// OtherPrefixes counts those that are beyond.
	OtherPrefixes = "(other)"

	maxPrefix  = 64
	maxSampled = 256 // of what a sample keeps of a key
)

// CauseCount is how often a finding had one cause.
type CauseCount struct {
	Cause    string    `json:"cause"`
	Count    int       `json:"count"`
	LastSeen time.Time `json:"lastSeen,omitzero"`
	// Statement is the policy and the statement that decided it last, in one line.
	Statement string `json:"statement,omitempty"`
	Sample    string `json:"sample,omitempty"` // the id of the latest occurrence
}

// PrefixCount is how often keys with a beginning were asked for.
type PrefixCount struct {
	Prefix string `json:"prefix"` // up to a slash; empty: keys without one
	Count  int    `json:"count"`
}

// Sample is one occurrence of a finding.
type Sample struct {
	ID        string    `json:"id,omitempty"`
	Time      time.Time `json:"time,omitzero"`
	Operation string    `json:"operation,omitempty"`
	Key       string    `json:"key,omitempty"`
	Address   string    `json:"address,omitempty"`
}

func (f *Finding) count(b Brief, o Occurrence) {
	cause := b.causeID()
	find := func() int {
		return slices.IndexFunc(f.Causes, func(c CauseCount) bool { return c.Cause == cause })
	}
	i := find()
	if i < 0 && len(f.Causes) >= MaxCauses {
		cause, b.Statement = OtherCauses, ""
		i = find()
	}
	if i < 0 {
		f.Causes = append(f.Causes, CauseCount{Cause: cause})
		i = len(f.Causes) - 1
	}
	c := &f.Causes[i]
	c.Count++
	if c.Count == 1 || !o.Time.Before(c.LastSeen) {
		c.LastSeen, c.Statement, c.Sample = o.Time, b.Statement, clean.Middle(o.ID, maxPrefix)
	}
}

// NewCauses are the causes of a finding that it had not before, in the order of Causes.
func (f Finding) NewCauses(before Finding) []string {
	var all []string
	for _, c := range f.Causes {
		if !slices.ContainsFunc(before.Causes, func(b CauseCount) bool { return b.Cause == c.Cause }) {
			all = append(all, c.Cause)
		}
	}
	return all
}

func (f *Finding) sample(o Occurrence) {
	s := Sample{
		ID: clean.Middle(o.ID, maxSampled), Time: o.Time, Operation: clean.Middle(o.Operation, maxPrefix),
		Key: clean.Middle(o.ObjectKey, 4*maxSampled), Address: clean.Middle(o.Address, maxPrefix),
	}
	if len(f.Samples) < MaxSamples && !slices.Contains(f.Samples, s) {
		f.Samples = append(f.Samples, s)
	}
}

// settle puts samples into the order in which they happened, and derives the keys.
func (f *Finding) settle() { *f = f.WithSamples(f.Samples) }

// WithSamples returns the finding with samples, at most MaxSamples, and their keys.
func (f Finding) WithSamples(samples []Sample) Finding {
	f.Samples, f.Keys = slices.Clone(samples), nil
	slices.SortFunc(f.Samples, func(a, b Sample) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID), strings.Compare(a.Key, b.Key),
			strings.Compare(a.Operation, b.Operation), strings.Compare(a.Address, b.Address))
	})
	f.Samples = f.Samples[:min(len(f.Samples), MaxSamples)]
	for _, s := range f.Samples {
		if s.Key != "" && !slices.Contains(f.Keys, s.Key) {
			f.Keys = append(f.Keys, s.Key)
		}
	}
	return f
}

// prefix counts the first two levels of a key. Where there are too many, those of one
// first level become one, and what still finds no place is counted together.
func (f *Finding) prefix(key string) {
	if key == "" {
		return
	}
	p := levels(key, 2)
	if f.hit(p) || f.hit(levels(p, 1)) {
		return
	}
	if len(f.Prefixes) >= MaxPrefixes-1 {
		f.fold()
		p = levels(p, 1)
		if f.hit(p) {
			return
		}
	}
	if len(f.Prefixes) >= MaxPrefixes-1 {
		if p = OtherPrefixes; f.hit(p) {
			return
		}
	}
	f.Prefixes = append(f.Prefixes, PrefixCount{p, 1})
}

// hit counts a prefix that is there. Keys at the top, which have none, are their own.
func (f *Finding) hit(p string) bool {
	i := slices.IndexFunc(f.Prefixes, func(c PrefixCount) bool { return c.Prefix == p })
	if i >= 0 {
		f.Prefixes[i].Count++
	}
	return i >= 0
}

// fold counts the prefixes of one first level together.
func (f *Finding) fold() {
	var folded []PrefixCount
	for _, c := range f.Prefixes {
		p := c.Prefix
		if p != OtherPrefixes {
			p = levels(p, 1)
		}
		i := slices.IndexFunc(folded, func(o PrefixCount) bool { return o.Prefix == p })
		if i < 0 {
			folded = append(folded, PrefixCount{p, c.Count})
		} else {
			folded[i].Count += c.Count
		}
	}
	f.Prefixes = folded
}

// levels is the beginning of a key up to its n-th slash, or its last.
func levels(key string, n int) string {
	end := 0
	for range n {
		i := strings.IndexByte(key[end:], '/')
		if i < 0 {
			break
		}
		end += i + 1
	}
	return clean.Truncate(key[:end], maxPrefix)
}
