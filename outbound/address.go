package outbound

import "net/netip"

// IPv4 addresses that are not public, by the registry of special-purpose addresses
// (https://www.iana.org/assignments/iana-ipv4-special-registry) and what clouds use inside.
var closedV4 = prefixes(
	"0.0.0.0/8",          // this network; 0.0.0.0 reaches the own machine
	"10.0.0.0/8",         // private
	"100.64.0.0/10",      // carriers' own; 100.100.100.200 is a cloud's metadata
	"127.0.0.0/8",        // loopback
	"168.63.129.16/32",   // a cloud's host, reached from its guests alone
	"169.254.0.0/16",     // link-local; 169.254.169.254 is clouds' metadata
	"172.16.0.0/12",      // private
	"192.0.0.0/24",       // protocol assignments; 192.0.0.192 is a cloud's metadata
	"192.0.2.0/24",       // documentation
	"192.31.196.0/24",    // AS112
	"192.52.193.0/24",    // AMT
	"192.88.99.0/24",     // 6to4 relays
	"192.168.0.0/16",     // private
	"192.175.48.0/24",    // AS112
	"198.18.0.0/15",      // benchmarks
	"198.51.100.0/24",    // documentation
	"203.0.113.0/24",     // documentation
	"224.0.0.0/4",        // multicast
	"240.0.0.0/4",        // reserved
	"255.255.255.255/32", // broadcast
)

// openV6 is the space from which public IPv6 addresses are given; what lies outside (loopback,
// IPv4-mapped and -compatible, NAT64, unique local, link-local, multicast …) is closed.
var openV6 = netip.MustParsePrefix("2000::/3")

// closedV6 are the parts of openV6 that are not public, or lead to an IPv4 address inside
// (https://www.iana.org/assignments/iana-ipv6-special-registry).
var closedV6 = prefixes(
	"2001::/23",         // protocol assignments, Teredo among them
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

// isPublic reports whether an address belongs to the public internet. What is unclear is not
// public.
func isPublic(address netip.Addr) bool {
	switch {
	case !address.IsValid() || address.Zone() != "":
		return false
	case address.Is4In6():
		return false // nobody publishes such an address; it would be a disguise
	case address.Is4():
		return !anyHolds(closedV4, address)
	}
	return openV6.Contains(address) && !anyHolds(closedV6, address) && !isISATAP(address)
}

// isISATAP recognises addresses that embed an IPv4 address (RFC 5214).
func isISATAP(address netip.Addr) bool {
	bytes := address.As16()
	return bytes[8]&^0x02 == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe
}

func anyHolds(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
