package policy_test

import (
	"testing"

	"why403/pkg/policy"
)

// TestTruth is the truth tables of Kleene's strong logic, whole.
func TestTruth(t *testing.T) {
	const n, u, y = policy.No, policy.Unknown, policy.Yes
	for _, row := range []struct{ a, b, and, or policy.Truth }{
		{n, n, n, n}, {n, u, n, u}, {n, y, n, y},
		{u, n, n, u}, {u, u, u, u}, {u, y, u, y},
		{y, n, n, y}, {y, u, u, y}, {y, y, y, y},
	} {
		if got := row.a.And(row.b); got != row.and {
			t.Errorf("%v and %v = %v, want %v", row.a, row.b, got, row.and)
		}
		if got := row.a.Or(row.b); got != row.or {
			t.Errorf("%v or %v = %v, want %v", row.a, row.b, got, row.or)
		}
	}
	for a, want := range map[policy.Truth]policy.Truth{n: y, u: u, y: n} {
		if got := a.Not(); got != want {
			t.Errorf("not %v = %v, want %v", a, got, want)
		}
	}
	if policy.Of(true) != y || policy.Of(false) != n {
		t.Error("Of")
	}
	var zero policy.Truth
	if zero != u || n.String() != "no" || u.String() != "unknown" || y.String() != "yes" {
		t.Error("zero value or names")
	}
}
