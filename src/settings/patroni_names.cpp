#include <string>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/settings/registry.h"

#include "settings/environment_source.h"
#include "settings/patroni_checks.h"

namespace citus_init::settings {

namespace {

constexpr std::string_view kPrefix = "PATRONI_";

// Of the registry, itself or its file.
bool is_ours(std::string_view name) {
    return find_variable(name) != nullptr || find_variable(without_file_suffix(name)) != nullptr;
}

void check_name(const std::string& name, Findings& findings) {
    const std::string_view base = without_file_suffix(name);
    if (name == "PATRONI_CONFIGURATION") {
        findings.problems.push_back(
            make_problem(name, "",
                         {"has no place here: the whole configuration is rendered by citus-init",
                          "Put what it holds below patroni: in the YAML file"}));
    } else if (base.ends_with("_PASSWORD")) {
        findings.problems.push_back(make_problem(
            name, "",
            {"is no variable of citus-init, and Patroni 3 would make a database user of it",
             "Make users by SQL. The passwords that are known are those of "
             "PATRONI_SUPERUSER, _REPLICATION, _REWIND, _RESTAPI and _ETCD3"}));
    } else if (base.starts_with("PATRONI_ETCD_")) {
        findings.warnings.push_back(
            make_problem(name, "",
                         {"is for version 2 of etcd's interface, which etcd 3.4 has switched off",
                          fmt::format("Set PATRONI_ETCD3_{} instead", base.substr(13))}));
    }
}

}  // namespace

void find_patroni_names(const Environment& environment, bool with_patroni, Findings& findings) {
    for (const auto& [name, value] : environment) {
        if (!name.starts_with(kPrefix) || value.empty() || is_ours(name) ||
            is_service_link(name, value)) {
            continue;
        }
        if (with_patroni) {
            check_name(name, findings);
        } else {
            findings.warnings.push_back(
                make_problem(name, "", {"has no effect without CITUS_HA=patroni", "Remove it"}));
        }
    }
}

PatroniEnvironment patroni_environment(const Environment& environment) {
    PatroniEnvironment result;
    for (const auto& [name, value] : child_environment(environment, UserPgpassword::drop)) {
        if (!name.starts_with(kPrefix)) {
            result.environment.emplace(name, value);
        } else if (!is_ours(name)) {
            result.environment.emplace(name, value);
            result.passed_on.push_back(name);
        }
    }
    return result;
}

}  // namespace citus_init::settings
