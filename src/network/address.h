#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <vector>

namespace citus_init::network {

// An address's bytes, 4 or 16; none where the text is no address. Zones ("%eth0") are no part of
// it.
std::optional<std::vector<unsigned char>> address_bytes(const std::string& text);

// The numeric text of a socket address; "" for a family other than IPv4 and IPv6.
std::string address_text(const sockaddr& address);

// "2.0.18.172.in-addr.arpa"; "" where the text is no address (RFC 1035, RFC 3596).
std::string reverse_name(const std::string& address);

// The shape of a name that may stand in catalogs, certificates and messages: what a resolver
// answers comes from whoever runs the zone, and DNS allows any byte.
bool is_host_name(const std::string& name);

}  // namespace citus_init::network
