package diagnosis

import "why403/pkg/evidence"

// Gate is what all checks of one layer come to.
type Gate struct {
	Layer evidence.Layer
	// Verdict is Allow, Deny (for what blocks in either way), Unknown or
	// NotApplicable.
	Verdict Verdict
}

// Strip returns the layers of the checks in order, each once with its worst
// verdict: a call may need several authorizations, and is refused if one is.
func Strip(checks []Check) []Gate {
	var gates []Gate
	at := make(map[evidence.Layer]int)
	for _, c := range checks {
		v := plain(c.Verdict)
		i, ok := at[c.Layer]
		switch {
		case !ok:
			at[c.Layer] = len(gates)
			gates = append(gates, Gate{c.Layer, v})
		case worse(v, gates[i].Verdict):
			gates[i].Verdict = v
		}
	}
	return gates
}

func plain(v Verdict) Verdict {
	switch v {
	case NoAllow:
		return Deny
	case Allow, Deny, NotApplicable:
		return v
	default:
		return Unknown
	}
}

func worse(a, b Verdict) bool {
	rank := map[Verdict]int{NotApplicable: 0, Allow: 1, Unknown: 2, Deny: 3}
	return rank[a] > rank[b]
}
