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
		v := c.gate()
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

// gate is what a check comes to: what it says by itself does not matter where another
// layer makes up for it.
func (c *Check) gate() Verdict {
	switch {
	case c.Blocks == "yes", c.Verdict == Deny:
		return Deny
	case c.Blocks == "unknown":
		return Unknown
	}
	switch c.Verdict {
	case Allow:
		return Allow
	case NoAllow, NotApplicable:
		return NotApplicable
	case Unknown:
		if c.Layer == evidence.LayerKeyGrant {
			return NotApplicable // it makes up for others, and refuses nothing
		}
	default:
	}
	return Unknown
}

// Gate returns what a check comes to: Deny if it refuses, Unknown if it may, Allow or
// NotApplicable if it does not.
func (c *Check) Gate() Gate { return Gate{c.Layer, c.gate()} }

func worse(a, b Verdict) bool {
	rank := map[Verdict]int{NotApplicable: 0, Allow: 1, Unknown: 2, Deny: 3}
	return rank[a] > rank[b]
}
