#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

// What both nodes know, and have different values of.
template <std::size_t size>
std::vector<std::string> differing(const NodeFacts& node, const NodeFacts& reference,
                                   const std::array<const char*, size>& names) {
    std::vector<std::string> result;
    if (!node.settings || !reference.settings) {
        return result;
    }
    std::copy_if(names.begin(), names.end(), std::back_inserter(result), [&](const char* name) {
        const auto& values = node.settings->values;
        const auto& others = reference.settings->values;
        return values.contains(name) && others.contains(name) && values.at(name) != others.at(name);
    });
    return result;
}

std::string difference_text(const std::string& name, const NodeFacts& node,
                            const NodeFacts& reference) {
    return fmt::format(R"({} is "{}", on {} "{}")", name, node.settings->text(name),
                       reference_text(reference), reference.settings->text(name));
}

bool is_off(const NodeFacts& node, std::string_view name) {
    return node.settings && node.settings->is_off(name);
}

std::string explained(std::string_view name, std::string_view value) {
    return fmt::format(
        "Set {}={}, or remove what sets it otherwise: `citus-init explain {}` on "
        "this node says what does",
        variable_of(name), value, name);
}

// "UTF-8" and "utf8" are the same to the C library.
std::string normalized_locale(const std::string& name) {
    std::string result;
    for (const char c : to_lower(name)) {
        result += c == '-' ? "" : std::string(1, c);
    }
    return result;
}

}  // namespace

void compare_databases(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.database || !reference.database) {
        return;
    }
    const auto compare = [&](const char* what, const std::string& own, const std::string& other) {
        if (normalized_locale(own) != normalized_locale(other)) {
            report.add(node,
                       fmt::format(R"(the {} of the database is "{}", on {} "{}")", what, own,
                                   reference_text(reference), other),
                       fmt::format("Make the node anew with the coordinator's POSTGRES_INITDB_ARGS "
                                   "(--encoding, --locale){}",
                                   node.row ? ", after `citus-init remove` of it" : ""));
        }
    };
    compare("encoding", node.database->encoding, reference.database->encoding);
    compare("collation", node.database->collate, reference.database->collate);
    compare("character type", node.database->character_type, reference.database->character_type);
    if (!node.database->locale_provider.empty() && !reference.database->locale_provider.empty()) {
        compare("locale provider", node.database->locale_provider,
                reference.database->locale_provider);
        compare("provider's locale", node.database->provider_locale,
                reference.database->provider_locale);
    }
}

void compare_builds(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    constexpr std::array kNames{"block_size", "integer_datetimes", "max_identifier_length"};
    for (const std::string& name : differing(node, reference, kNames)) {
        report.add(node, difference_text(name, node, reference),
                   "Start every node with the same image");
    }
}

void compare_settings(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    constexpr std::array kNames{"timezone",
                                "lc_monetary",
                                "lc_numeric",
                                "xmlbinary",
                                "default_text_search_config",
                                "citus.cluster_name",
                                "citus.use_secondary_nodes"};
    for (const std::string& name : differing(node, reference, kNames)) {
        report.add(node, difference_text(name, node, reference),
                   fmt::format("Set {} to the same value on every node", variable_of(name)));
    }
}

void find_fsync_off(const NodeFacts& node, Report& report) {
    if (is_off(node, "fsync")) {
        report.add(node, "fsync is off", explained("fsync", "on"));
    }
}

void find_full_page_writes_off(const NodeFacts& node, Report& report) {
    if (is_off(node, "full_page_writes")) {
        report.add(node, "full_page_writes is off", explained("full_page_writes", "on"));
    }
}

void find_ignored_damage(const NodeFacts& node, Report& report) {
    for (const char* name : {"zero_damaged_pages", "ignore_checksum_failure"}) {
        if (node.settings && node.settings->text(name) == "on") {
            report.add(node, fmt::format("{} is on", name), explained(name, "off"));
        }
    }
}

void find_autovacuum_off(const NodeFacts& node, Report& report) {
    if (is_off(node, "autovacuum")) {
        report.add(node, "autovacuum is off", explained("autovacuum", "on"));
    }
}

void find_wal_level(const ClusterFacts& cluster, Report& report) {
    for (const NodeFacts& node : cluster.nodes) {
        const std::string level =
            node.settings && !node.is_standby ? node.settings->text("wal_level") : "";
        if (cluster.with_citus && !level.empty() && level != "logical") {
            report.add(node, fmt::format("wal_level is {}", level),
                       node.member ? "Patroni writes logical into the store where Citus is on: "
                                     "remove what sets it otherwise by patronictl edit-config, and "
                                     "restart every member of the group"
                                   : explained("wal_level", "logical") + "; then restart");
        }
    }
}

void find_no_two_phase_commit(const ClusterFacts& cluster, Report& report) {
    for (const NodeFacts& node : cluster.nodes) {
        if (cluster.with_citus && node.settings && !node.is_standby &&
            node.settings->number("max_prepared_transactions") == 0) {
            report.add(
                node, "max_prepared_transactions is 0",
                node.member
                    ? "Set it by patronictl edit-config to twice max_connections, and "
                      "restart every member of the group"
                    : "Remove what sets it, Citus then chooses twice max_connections; restart. "
                      "`citus-init explain max_prepared_transactions` says what does");
        }
    }
}

void find_overridden_settings(const NodeFacts& node, Report& report) {
    if (!node.settings) {
        return;
    }
    for (const OverriddenSetting& setting : node.settings->overridden) {
        const std::string values =
            setting.value.empty() && setting.other.empty()
                ? ""
                : fmt::format(R"( ("{}", there "{}"))", setting.value, setting.other);
        report.add(node,
                   fmt::format("postgresql.auto.conf overrides {} of \"{}\"{}", setting.name,
                               setting.file, values),
                   fmt::format("ALTER SYSTEM RESET {}, then SELECT pg_reload_conf() or a restart; "
                               "or put the same value in both places",
                               setting.name));
    }
}

void find_pending_restart(const NodeFacts& node, Report& report) {
    if (node.settings && !node.settings->pending_restart.empty()) {
        report.add(node,
                   "settings wait for a restart: " + names_text(node.settings->pending_restart),
                   node.member ? "patronictl restart PATRONI_SCOPE --pending, of each group"
                               : "Restart the node, one node after the other");
    }
}

void find_configuration_errors(const NodeFacts& node, Report& report) {
    if (!node.settings) {
        return;
    }
    // One that needs a restart "could not be applied", too.
    const auto& pending = node.settings->pending_restart;
    for (const std::string& error : node.settings->errors) {
        const bool waits = std::any_of(pending.begin(), pending.end(), [&](const auto& name) {
            return error.find(fmt::format("the setting \"{}\"", name)) != std::string::npos;
        });
        if (!waits) {
            report.add(node, error, "Correct the line, then reload");
        }
    }
}

}  // namespace citus_init::doctor
