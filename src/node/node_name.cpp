#include "citus_init/node/node_name.h"

#include <algorithm>
#include <chrono>

#include "citus_init/base/text.h"
#include "citus_init/network/bounded_call.h"
#include "citus_init/network/node_names.h"
#include "citus_init/network/resolver.h"

namespace citus_init::node {

namespace {

constexpr std::chrono::seconds kDeadline{2};

// "" where there is none.
Result<std::string> stable_name(const std::vector<std::string>& addresses) {
    if (addresses.empty()) {
        return std::string();
    }
    // "=NAME", "=" where there is none, or why nobody knows.
    auto answer = network::call_within(kDeadline, [&] {
        const auto name = network::stable_name_of_any(network::SystemResolver(), addresses);
        return name ? "=" + name->value_or("") : name.error().message;
    });
    if (!answer) {
        return fail(answer.error());
    }
    if (!answer->starts_with('=')) {
        return fail(ExitCode::unavailable, *std::move(answer));
    }
    return answer->substr(1);
}

}  // namespace

std::string role_name(const settings::CitusSettings& citus) {
    if (!citus.enable) {
        return "";
    }
    return citus.role == settings::Role::worker ? "worker" : "coordinator";
}

std::string preset_name(const settings::Settings& settings) {
    return settings.preset == settings::Preset::test ? "test" : "";
}

log::Options log_options(const settings::Settings& settings) {
    return {settings.supervisor.log_level, settings.supervisor.log_format,
            settings.citus.enable ? node_name(settings.citus) : "", role_name(settings.citus)};
}

std::string node_name(const settings::CitusSettings& citus) {
    return citus.node_host.empty() ? network::host_name() : citus.node_host;
}

Result<std::string> resolved_node_name(const settings::CitusSettings& citus) {
    if (!citus.node_host.empty()) {
        return citus.node_host;
    }
    auto name = stable_name(network::own_addresses());
    if (!name) {
        return fail(name.error());
    }
    return name->empty() ? network::host_name() : *std::move(name);
}

std::string announced_host(const settings::CitusSettings& citus) {
    const auto name = resolved_node_name(citus);
    return name ? *name : node_name(citus);
}

std::string connect_host(const settings::CitusSettings& citus) {
    if (!citus.node_host.empty()) {
        return citus.node_host;
    }
    const auto addresses = network::own_addresses();
    const auto name = stable_name(addresses);
    if (name && !name->empty()) {
        return *name;
    }
    return addresses.empty() ? network::host_name() : addresses.front();
}

std::vector<std::string> names_of_this_node(const settings::CitusSettings& citus) {
    const auto addresses = network::own_addresses();
    const auto answer = network::call_within(kDeadline, [&] {
        return join(
            network::names_of_node(network::SystemResolver(), network::host_name(), addresses),
            "\n");
    });
    std::vector<std::string> names{node_name(citus)};
    for (const auto& name : answer ? split(*answer, '\n') : names_without_asking()) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

std::vector<std::string> names_without_asking() {
    std::vector<std::string> names = network::own_addresses();
    names.insert(names.begin(), network::host_name());
    return names;
}

network::Self this_node(const settings::CitusSettings& citus, std::uint16_t server_port) {
    network::Self self;
    self.names = {node_name(citus), network::host_name()};
    self.addresses = network::own_addresses();
    self.addresses.push_back(citus.node_host);  // where it is an address
    if (!citus.coordinator_host.empty() && citus.role == settings::Role::coordinator) {
        self.names.push_back(citus.coordinator_host);
        self.addresses.push_back(citus.coordinator_host);
    }
    self.port = citus.node_port.value_or(server_port);
    return self;
}

}  // namespace citus_init::node
