#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/version.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// patroni.yml, complete: every string is quoted, whatever it resembles. `settings` have `patroni`,
// and `stack` is theirs. The problems: what Patroni cannot take (a line break in a value, a text
// that is not UTF-8), PostgreSQL settings that are Patroni's to make, keys of the YAML file's
// `patroni:` that are citus-init's. Pure.
tl::expected<settings::YamlValue, std::vector<settings::Problem>> render_configuration(
    const settings::Settings& settings, const render::GucStack& stack, const ha::Host& host,
    const Version& version);

// What the member is called: PATRONI_NAME, else made from the container's host name. Pure.
std::string member_name(const settings::PatroniSettings& settings, const std::string& host_name);

// Where the member's server is reached: PATRONI_POSTGRESQL_CONNECT_ADDRESS, else `host`. Pure.
HostPort server_address(const settings::PatroniSettings& settings, const std::string& host);

// Where it is to be written, with mode 0600 and atomically: it holds every password. Pure.
std::string configuration_path(const settings::PatroniSettings& settings);

// What these settings ask for, which the group's first member writes into the DCS. Pure.
ha::Lease lease_of(const settings::PatroniSettings& settings);

}  // namespace citus_init::patroni
