#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/settings/patroni_settings.h"

#include "settings/value.h"
#include "settings/yaml_document.h"

namespace citus_init::settings {

// A part of a path in the DCS: letters, digits and "._-".
[[nodiscard]] Parsed<std::string> parse_scope(std::string_view text);
// With a slash at both ends.
[[nodiscard]] Parsed<std::string> parse_namespace(std::string_view text);
// Lower-case letters, digits and "-": it is also the name of a replication slot.
[[nodiscard]] Parsed<std::string> parse_member_name(std::string_view text);
[[nodiscard]] Parsed<ListenAddress> parse_listen_address(std::string_view text);
// host:port; not a loopback address, which would be this node to every other one.
[[nodiscard]] Parsed<HostPort> parse_connect_address(std::string_view text);
// Patroni's own form of lists is taken, too: ['a:2379', 'b:2379'].
[[nodiscard]] Parsed<std::vector<HostPort>> parse_etcd_hosts(std::string_view text);
// One line without white space.
[[nodiscard]] Parsed<std::string> parse_word(std::string_view text);
[[nodiscard]] Parsed<Secret> parse_secret_line(std::string_view text);
[[nodiscard]] Parsed<std::chrono::seconds> parse_seconds(std::string_view text, int least,
                                                         int most);

// The kinds that PyYAML, which Patroni reads with, finds, for what people mean: on and yes are
// booleans. But 0123 and 12:30 stay what they look like, strings.
YamlValue typed(const YamlNode& node);

// The key that a map somewhere within has twice, "a.b"; "" where there is none.
std::string repeated_key(const YamlNode& node);

}  // namespace citus_init::settings
