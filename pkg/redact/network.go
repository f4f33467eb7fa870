package redact

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// networks replaces addresses and networks so that what lies in what stays so: two that
// have their first n bits in common have them in common afterwards. A private address
// stays private and a public one public; the whole internet stays what it is.
//
// Bits are not turned by a key, which could be guessed: they are counted out, so that
// nothing of an address remains but where it parts from the others.
func networks(all map[string]bool, original string) map[string]string {
	out := map[string]string{}
	for _, six := range []bool{false, true} {
		var family []string
		for _, s := range slices.Sorted(maps.Keys(all)) {
			if p, ok := prefixOf(s); ok && p.Addr().Is6() == six {
				family = append(family, s)
			}
		}
		for seed := range 64 {
			if got := renumber(family, six, seed, original); got != nil {
				maps.Copy(out, got)
				break
			}
		}
	}
	return out
}

// prefixOf reads an address or a network.
func prefixOf(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

func renumber(family []string, six bool, seed int, original string) map[string]string {
	next := map[string]byte{} // bits so far to the replacement of the bit 0 behind them
	out := map[string]string{}
	for _, s := range family {
		p, _ := prefixOf(s)
		if p.Bits() == 0 {
			continue
		}
		bytes := p.Addr().AsSlice()
		result := make([]byte, len(bytes))
		fixed := wellKnown(p.Addr())
		var path strings.Builder
		for i := range len(bytes) * 8 {
			bit := bytes[i/8] >> (7 - i%8) & 1
			turn := byte(0)
			if i >= fixed && i < p.Bits() {
				var ok bool
				if turn, ok = next[path.String()]; !ok {
					turn = bit ^ usual(i, six, seed)
					next[path.String()] = turn
				}
			}
			result[i/8] |= (bit ^ turn) << (7 - i%8)
			path.WriteByte('0' + bit)
		}
		a, _ := netip.AddrFromSlice(result)
		to := a.String()
		if strings.Contains(s, "/") {
			to += s[strings.IndexByte(s, '/'):]
		}
		if class(a) != class(p.Addr()) || strings.Contains(original, to) {
			return nil
		}
		out[s] = to
	}
	return out
}

// usual is the bit that an address has in place i where it does not part from another.
func usual(i int, six bool, seed int) byte {
	base := []byte{198, 18 + byte(seed), byte(7 * seed), byte(11*seed + 1)}
	if seed > 15 {
		base[0] += byte(seed - 15)
	}
	if six {
		base = []byte{0x20, 0x01, 0x0d, 0xb8 + byte(seed)}
	}
	if i/8 >= len(base) {
		return byte(seed*(i+1)) >> 2 & 1
	}
	return base[i/8] >> (7 - i%8) & 1
}

// special are the networks whose addresses are treated in their own way.
var special = [...]struct {
	network string
	bits    int
}{
	{"10.0.0.0/8", 8}, {"172.16.0.0/12", 12}, {"192.168.0.0/16", 16}, {"169.254.0.0/16", 16}, {"127.0.0.0/8", 8},
	{"fc00::/7", 7}, {"fe80::/10", 10}, {"::1/128", 128},
}

func class(a netip.Addr) int {
	for i, s := range special {
		if netip.MustParsePrefix(s.network).Contains(a) {
			return i + 1
		}
	}
	return 0
}

// wellKnown returns how many bits of an address say no more than that it is private.
func wellKnown(a netip.Addr) int {
	if c := class(a); c > 0 {
		return special[c-1].bits
	}
	return 0
}
