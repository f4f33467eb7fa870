package excerpt

import (
	"slices"
	"strings"
)

// Read is what must be read in one place to settle an open cause.
type Read struct {
	Permissions []string // at least one
	In          string   // an account, or whose it is; empty if it is not said
}

// Reads takes apart what an open cause needs, and puts together what is to be read in
// one place.
func Reads(need string) []Read {
	if need == "" {
		return nil
	}
	var all []Read
	for part := range strings.SplitSeq(need, "; ") {
		permissions, in := part, ""
		if i := strings.LastIndex(part, " in "); i >= 0 {
			permissions, in = part[:i], part[i+len(" in "):]
		}
		i := slices.IndexFunc(all, func(r Read) bool { return r.In == in })
		if i < 0 {
			i = len(all)
			all = append(all, Read{In: in})
		}
		all[i].Permissions = append(all[i].Permissions, strings.Split(permissions, ", ")...)
	}
	return all
}
