package policy

import "net/netip"

// networks is the values of IpAddress.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
type networks []network

type network struct {
	prefix netip.Prefix
	// perhaps is the range that is meant by one reading only.
	perhaps netip.Prefix
}

func newNetworks(values []string) (m networks, problem string) {
	m = make(networks, len(values))
	for i, v := range values {
		var ok bool
		if m[i], ok = parseNetwork(v); !ok {
			problem = quoted(v) + " is no address and no range of addresses"
		}
	}
	return m, problem
}

func (m networks) match(_ *Context, value string) Truth {
	got, ok := parseAddress(value)
	if !ok {
		return Unknown
	}
	t := No
	for _, n := range m {
		t = t.Or(Of(n.prefix.Contains(got)))
		if n.perhaps.IsValid() {
			t = t.Or(Of(n.perhaps.Contains(got)).doubt())
		}
	}
	return t
}

func (m networks) takes(value string) bool {
	_, ok := parseAddress(value)
	return ok
}

// parseAddress reads an address. What IAM makes of an IPv4 address in the form of an
// IPv6 address is not documented.
func parseAddress(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && !a.Is4In6() && a.Zone() == ""
}

// parseNetwork reads a range, or an address. "If you specify an IP address without
// the associated routing prefix, IAM uses the default prefix value of /32." For an
// IPv6 address that may mean the address, or 2^96 of them.
func parseNetwork(s string) (n network, ok bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		// "The non-zero bits in the IP address after the masked bits are ignored", by
		// Prefix.Contains as well.
		n.prefix = p
		return n, !p.Addr().Is4In6()
	}
	a, ok := parseAddress(s)
	if !ok {
		return network{}, false
	}
	n.prefix = netip.PrefixFrom(a, a.BitLen())
	if a.Is6() {
		n.perhaps = netip.PrefixFrom(a, 32)
	}
	return n, true
}
