#include "monitor/bounded_labels.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace citus_init::monitor {

namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "pg_16389_sync_16385_7312..." of logical replication
bool is_table_sync(std::string_view name) {
    const auto sync = name.find("_sync_");
    return name.starts_with("pg_") && sync != std::string_view::npos && sync > 3 &&
           is_number(name.substr(3, sync - 3));
}

}  // namespace

std::map<std::string, double> bound_roles(const std::map<std::string, double>& roles,
                                          std::size_t most) {
    std::vector<std::pair<std::string, double>> sorted(roles.begin(), roles.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
        return left.second > right.second;
    });
    std::map<std::string, double> bounded;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        bounded[i < most ? sorted[i].first : "other"] += sorted[i].second;
    }
    return bounded;
}

std::string stable_name(const std::string& name) {
    for (const std::string_view prefix : {"citus_shard_move", "citus_shard_split"}) {
        if (name.starts_with(prefix)) {
            return std::string(prefix);
        }
    }
    constexpr std::string_view kBaseBackup = "pg_basebackup";
    if (name.starts_with(kBaseBackup)) {
        return std::string(kBaseBackup);
    }
    return is_table_sync(name) ? "table_sync" : name;
}

}  // namespace citus_init::monitor
