#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/ha/patroni/version.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// What only the machine and the image can tell of this member.
struct Member {
    std::string host;       // what others reach it under, where no connect address is set
    std::string host_name;  // the container's: where PATRONI_NAME is not set
    // Of the nodes that are known, this one's among them: who connects from there needs the
    // cluster's certificate, all others of CITUS_ALLOWED_CIDR come as clients.
    std::vector<std::string> node_addresses;
    std::string bin_directory;
    std::string program;  // citus-init, for Patroni's callbacks
    Version version;
    // As whom the server runs, who is at the socket whoever POSTGRES_USER is; "" = has no name.
    std::string system_user;
};

// patroni.yml, complete: every string is one, whatever it looks like. `settings` have `patroni`,
// and `stack` is theirs. The problems: what Patroni cannot take (a line break in a value, a text
// that is not UTF-8), PostgreSQL settings that are Patroni's to make, keys of the YAML file's
// `patroni:` that are citus-init's. Pure.
tl::expected<settings::YamlValue, std::vector<settings::Problem>> render_configuration(
    const settings::Settings& settings, const render::GucStack& stack, const Member& member);

// What the member is called: PATRONI_NAME, else made from the container's host name.
std::string member_name(const settings::PatroniSettings& settings, const std::string& host_name);

// Where it is to be written, with mode 0600 and atomically: it holds every password.
std::string configuration_path(const settings::PatroniSettings& settings);

}  // namespace citus_init::patroni
