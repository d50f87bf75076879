#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/secret.h"

#include "settings/value.h"

namespace citus_init::settings {

// At least 16 characters of at least 8 kinds: whoever sees a node's certificate can try secrets on
// it as fast as his machines allow. White space around it is no part of it. Newer clusters need
// more, see is_random_secret().
[[nodiscard]] Parsed<Secret> parse_cluster_secret(std::string_view text);

// Whether it has the form of random bytes: hexadecimal, of 16 bytes at least (`openssl rand -hex`),
// or base64, of 32 at least (`openssl rand -base64 32`; with - and _ too). Says nothing about how
// good they are. Pure.
bool is_random_secret(std::string_view secret);

// "10.1.0.0/16,fd00::/8", as pg_hba.conf takes them.
[[nodiscard]] Parsed<std::vector<std::string>> parse_networks(std::string_view text);

}  // namespace citus_init::settings
