package policy

// Truth is a truth value of Kleene's three-valued logic. The order of the values
// is that of the logic: and is the lesser, or the greater. The zero Truth is
// Unknown, so that what nobody set is not taken for an answer.
type Truth int8

// The truth values.
const (
	No      Truth = -1
	Unknown Truth = 0
	Yes     Truth = 1
)

// String returns "no", "unknown" or "yes".
func (t Truth) String() string {
	switch t {
	case No:
		return "no"
	case Yes:
		return "yes"
	default:
		return "unknown"
	}
}

// Of returns the Truth of a known value.
func Of(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Not returns the negation of t.
func (t Truth) Not() Truth { return -t }

// And returns the conjunction: No if either is, Yes if both are.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or returns the disjunction: Yes if either is, No if both are.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// doubt returns Unknown where t is Yes: a match by a reading that is not certain.
func (t Truth) doubt() Truth { return min(t, Unknown) }
