package authz_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/policy"
)

// learning is a sample of which less is forgotten after than before.
type learning struct {
	known         sample
	before, after func(path string) bool
}

func (l *learning) decide() (was, is []*authz.Decision) {
	more, less := walk{forget: l.before}, walk{forget: l.after}
	before, after := more.sample(l.known), less.sample(l.known)
	return before.decide(), after.decide()
}

// wrong returns a request of which something known became its opposite, or -1; and how
// many were settled.
func (l *learning) wrong() (i int, what string, settled int) {
	was, is := l.decide()
	for i := range was {
		if was[i].Allowed == policy.Unknown && is[i].Allowed != policy.Unknown {
			settled++
		}
		name, wrong := compareChecks(was[i], is[i], func(b, a *authz.Check) bool { return opposite(b.Blocks, a.Blocks) })
		switch {
		case wrong:
			return i, name, settled
		case opposite(was[i].Allowed, is[i].Allowed):
			return i, "allowed", settled
		}
	}
	return -1, "", settled
}

// shrink finds as little as it takes for a learning to be wrong, and tells of it.
func (l *learning) shrink() error {
	forgotten, learned := map[string]bool{}, map[string]bool{}
	w := walk{forget: func(path string) bool {
		switch {
		case l.after(path):
			forgotten[path] = true
		case l.before(path):
			learned[path] = true
		}
		return false
	}}
	w.sample(l.known)
	s := learning{known: l.known}
	s.before = func(path string) bool { return forgotten[path] || learned[path] }
	s.after = func(path string) bool { return forgotten[path] }
	for _, set := range []map[string]bool{forgotten, learned, forgotten, learned} {
		for _, path := range slices.Sorted(maps.Keys(set)) {
			delete(set, path)
			if i, _, _ := s.wrong(); i < 0 {
				set[path] = true
			}
		}
	}
	i, what, _ := s.wrong()
	if i < 0 {
		i, what = 0, "nothing any more"
	}
	was, is := s.decide()
	return fmt.Errorf("%s is wrong\nforgotten %v\nlearned %v\n%s\nbefore %s\nafter %s", what,
		slices.Sorted(maps.Keys(forgotten)), slices.Sorted(maps.Keys(learned)), tell(s.known.asks[i]), dump(was[i]), dump(is[i]))
}

func tell(a ask) string {
	var keys []string
	for k, v := range a.keys {
		if v.State != policy.Absent {
			keys = append(keys, fmt.Sprintf("%s %v %q", k, v.State, v.Values))
		}
	}
	slices.Sort(keys)
	return fmt.Sprintf("%+v %s version %q complete %v\n%+v\n%s\n", a.Principal, a.Operation, a.VersionID, a.complete, a.Authorizations, strings.Join(keys, "\n"))
}
