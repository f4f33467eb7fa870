package iamsim

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Random makes what questions are made of. Two with the same seed make the same.
type Random struct{ *rand.Rand }

// NewRandom returns the Random of a seed.
func NewRandom(seed uint64) Random {
	return Random{rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // G404: the same questions are wanted again
}

// Pick returns one of several.
func Pick[T any](g interface{ IntN(n int) int }, of []T) T { return of[g.IntN(len(of))] }

// Chance is true so many times of a hundred.
func (g Random) Chance(percent int) bool { return g.IntN(100) < percent }

// Flip changes the case of some letters.
func (g Random) Flip(s string) string {
	b := []byte(s)
	for i, c := range b {
		if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && g.Chance(50) {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// Wildcards puts wildcards into a text, which it then still matches, and sometimes
// something else, which it then does not.
func (g Random) Wildcards(s string) string {
	r := []rune(s)
	for range g.IntN(3) {
		from := g.IntN(len(r) + 1)
		to := from + g.IntN(len(r)-from+1)
		if g.Chance(40) && from < len(r) {
			r[from] = '?'
			continue
		}
		r = slices.Concat(r[:from], []rune("*"), r[to:])
	}
	if g.Chance(15) {
		at := g.IntN(len(r) + 1)
		r = slices.Concat(r[:at], []rune(Pick(g, []string{"x", "?", "**", "-"})), r[at:])
	}
	return string(r)
}

// List makes a list, or one bare value.
func (g Random) List(n int, make func() string) Value {
	var v Value
	for range n {
		v.Items = append(v.Items, make())
	}
	v.Bare = n == 1 && g.Chance(50)
	return v
}

// ActionPattern makes a pattern that more often than not matches an action.
func (g Random) ActionPattern(action string) string {
	service, name, _ := strings.Cut(action, ":")
	switch {
	case g.Chance(4):
		return "*"
	case g.Chance(15):
		name = "*"
	case g.Chance(60):
		name = g.Wildcards(name)
	}
	action = service + ":" + name
	if g.Chance(20) {
		action = g.Flip(action)
	}
	return action
}
