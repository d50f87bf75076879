#include "ha/patroni/server_settings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "ha/patroni/owned.h"

namespace citus_init::patroni {

namespace {

using render::Layer;
using render::LayeredValue;
using settings::YamlValue;

// CMDLINE_OPTIONS of Patroni's postgresql/config.py: ignored where a member's file has them.
const std::set<std::string, std::less<>>& dcs_names() {
    static const std::set<std::string, std::less<>> names{"wal_level",
                                                          "max_connections",
                                                          "max_wal_senders",
                                                          "wal_keep_segments",
                                                          "wal_keep_size",
                                                          "max_prepared_transactions",
                                                          "wal_log_hints",
                                                          "max_locks_per_transaction",
                                                          "max_worker_processes",
                                                          "max_replication_slots",
                                                          "track_commit_timestamp"};
    return names;
}

constexpr std::array<Owned, 7> kOwnedSettings{
    {{"listen_addresses", "Set PATRONI_POSTGRESQL_LISTEN"},
     {"port", "Set PATRONI_POSTGRESQL_LISTEN"},
     {"cluster_name", "It is PATRONI_SCOPE"},
     {"hot_standby", "It is always on"},
     {"config_file", "Give it as -c config_file= on the command line"},
     {"hba_file", "Put the lines into CITUS_PG_HBA"},
     {"data_directory", "Set PATRONI_POSTGRESQL_DATA_DIR"}}};

// Whether our file is the place where this layer gets its say: the user's own file is included by
// it, the others speak for themselves.
bool is_rendered(Layer layer) {
    switch (layer) {
        case Layer::tuned:
        case Layer::role_preset:
        case Layer::yaml:
        case Layer::block:
        case Layer::environment:
        case Layer::command_line:
        case Layer::enforced:
            return true;
        case Layer::postgresql_default:
        case Layer::server_environment:
        case Layer::initdb:
        case Layer::user_file:
        case Layer::alter_system:
            return false;
    }
    return false;
}

// The strongest, ALTER SYSTEM aside: the server itself reads that.
const LayeredValue* strongest(const std::vector<LayeredValue>& values) {
    const LayeredValue* result = nullptr;
    for (const LayeredValue& value : values) {
        if (value.layer != Layer::alter_system) {
            result = &value;
        }
    }
    return result;
}

std::optional<long long> whole_number(const std::string& text) {
    constexpr long long kMost = 1'000'000'000;
    const auto number = parse_integer(text, 0, kMost);
    return number && std::to_string(*number) == text ? number : std::nullopt;
}

// Numbers as numbers: Patroni doubles max_connections for max_prepared_transactions, and of a
// string that would be its repetition.
YamlValue dcs_value(const std::string& text) {
    const auto number = whole_number(text);
    return number ? YamlValue::number(*number) : YamlValue::string(text);
}

// Where neither user nor preset says otherwise. Shard moves and citus_update_node(force) need free
// background workers, slots and senders.
void add_defaults(std::map<std::string, LayeredValue>& dcs) {
    constexpr long long kLeastWorkers = 24;
    const auto tuned = dcs.find("max_worker_processes");
    if (tuned != dcs.end() && tuned->second.layer == Layer::tuned &&
        whole_number(tuned->second.value).value_or(0) < kLeastWorkers) {
        dcs.erase(tuned);
    }
    static constexpr std::array<std::pair<const char*, const char*>, 7> kDefaults{
        {{"max_connections", "100"},
         {"max_worker_processes", "24"},
         {"max_wal_senders", "10"},
         {"max_replication_slots", "20"},
         {"max_locks_per_transaction", "128"},
         {"wal_level", "logical"},
         {"wal_log_hints", "on"}}};
    for (const auto& [name, value] : kDefaults) {
        dcs.try_emplace(name, LayeredValue{Layer::role_preset, value, ""});
    }
    // Every transaction over several nodes prepares one on each of them.
    const auto connections = whole_number(dcs.at("max_connections").value);
    dcs.try_emplace(
        "max_prepared_transactions",
        LayeredValue{Layer::role_preset, std::to_string(2 * connections.value_or(100)), ""});
}

}  // namespace

ServerSettings divide_server_settings(const render::GucStack& stack) {
    ServerSettings result;
    std::map<std::string, LayeredValue> dcs;
    result.local.kind = YamlValue::Kind::map;
    for (const auto& [name, values] : stack.values) {
        const LayeredValue* value = strongest(values);
        if (value == nullptr || !is_rendered(value->layer)) {
            continue;
        }
        if (const Owned* owned = find_owned(kOwnedSettings, name)) {
            const bool is_known = name == "data_directory" || value->layer == Layer::role_preset;
            if (!is_known) {
                result.problems.push_back({value->origin, "",
                                           fmt::format("sets {}, which is Patroni's to make", name),
                                           std::string(owned->fix)});
            }
        } else if (value->value.find_first_of("\r\n") != std::string::npos) {
            result.problems.push_back(
                {value->origin, "",
                 fmt::format("sets {} to a text of several lines, which Patroni cannot write into "
                             "postgresql.conf",
                             name),
                 "Write it in one line"});
        } else if (dcs_names().contains(name)) {
            dcs.emplace(name, *value);
        } else if (name == "restore_command") {
            result.recovery.at(name) = YamlValue::string(value->value);
        } else {
            result.local.at(name) = YamlValue::string(value->value);
        }
    }
    add_defaults(dcs);
    for (const auto& [name, value] : dcs) {
        result.dcs.at(name) = dcs_value(value.value);
    }
    return result;
}

}  // namespace citus_init::patroni
