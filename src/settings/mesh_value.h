#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/secret.h"

#include "settings/value.h"

namespace citus_init::settings {

// At least 16 characters of at least 8 kinds: whoever sees a node's certificate can try secrets on
// it as fast as his machines allow. White space around it is no part of it.
[[nodiscard]] Parsed<Secret> parse_cluster_secret(std::string_view text);

// "10.1.0.0/16,fd00::/8", as pg_hba.conf takes them.
[[nodiscard]] Parsed<std::vector<std::string>> parse_networks(std::string_view text);

}  // namespace citus_init::settings
