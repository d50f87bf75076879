#include "citus_init/settings/environment.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "citus_init/settings/load.h"
#include "citus_init/settings/registry.h"

#include "settings/environment_source.h"
#include "settings/unknown.h"

namespace citus_init::settings {

namespace {

constexpr const char* kPgpassword = "PGPASSWORD";

void add_entry(Environment& environment, std::string_view entry) {
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos && equals > 0) {
        environment.insert_or_assign(std::string(entry.substr(0, equals)),
                                     std::string(entry.substr(equals + 1)));
    }
}

void remove_secrets(Environment& environment) {
    for (const Variable* variable : variables()) {
        if (variable->secret) {
            environment.erase(std::string(variable->name));
            environment.erase(std::string(variable->name) + std::string(kFileSuffix));
        }
    }
    environment.erase(kResolvedYaml);
}

// Lines and settings of the server's configuration, any of which may hold a password
// (primary_conninfo, a radius or ldap line), and pgBackRest's options. Both have them from files.
bool is_server_setting(std::string_view name) {
    constexpr std::array<std::string_view, 6> kBlocks{
        "CITUS_POSTGRESQL_CONF",      "CITUS_PG_HBA",      "CITUS_BACKUP_OPTIONS",
        "CITUS_POSTGRESQL_CONF_FILE", "CITUS_PG_HBA_FILE", "CITUS_BACKUP_OPTIONS_FILE"};
    return name.starts_with(kGucPrefix) ||
           std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

}  // namespace

Environment environment_from(const char* const* entries) {
    Environment environment;
    for (; *entries != nullptr; ++entries) {
        add_entry(environment, *entries);
    }
    return environment;
}

std::vector<std::string> as_list(const Environment& environment) {
    std::vector<std::string> entries;
    entries.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        entries.push_back(fmt::format("{}={}", name, value));
    }
    return entries;
}

std::string environment_block(const Environment& environment) {
    std::string block;
    for (const auto& [name, value] : environment) {
        block += name;
        block += '=';
        block += value;
        block += '\0';
    }
    return block;
}

Environment parse_environment_block(std::string_view block) {
    Environment environment;
    while (!block.empty()) {
        const auto end = block.find('\0');
        add_entry(environment, block.substr(0, end));
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
    }
    return environment;
}

Environment child_environment(const Environment& environment, UserPgpassword pgpassword) {
    Environment result = environment;
    remove_secrets(result);
    std::erase_if(result, [](const auto& entry) {
        return is_server_setting(entry.first) || may_be_misnamed_secret(entry.first);
    });
    if (pgpassword == UserPgpassword::drop) {
        result.erase(kPgpassword);
    }
    return result;
}

Environment init_script_environment(const Environment& environment, const Settings& settings) {
    Environment result = environment;
    remove_secrets(result);
    std::erase_if(result, [](const auto& entry) {
        return is_server_setting(entry.first) || is_misspelt_secret(entry.first);
    });
    const PostgresSettings& postgres = settings.postgres;
    const Environment exported{{"POSTGRES_USER", postgres.user},
                               {"POSTGRES_PASSWORD", postgres.password.reveal()},
                               {"POSTGRES_DB", postgres.database},
                               {"POSTGRES_INITDB_ARGS", postgres.initdb_args}};
    for (const auto& [name, value] : exported) {
        result.insert_or_assign(name, value);
        result.erase(name + std::string(kFileSuffix));
    }
    if (value_of(environment, kPgpassword).empty()) {
        result.insert_or_assign(kPgpassword, postgres.password.reveal());
    }
    return result;
}

}  // namespace citus_init::settings
