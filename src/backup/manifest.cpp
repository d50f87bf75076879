#include "citus_init/backup/manifest.h"

#include <algorithm>
#include <limits>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/clock.h"
#include "citus_init/base/json_fields.h"

namespace citus_init::backup {

namespace {

using Ordered = nlohmann::ordered_json;

constexpr int kFormat = 1;

Ordered json_of(const PointGroup& group) {
    return {{"group", group.group},
            {"stanza", group.stanza},
            {"label", group.label},
            {"lsn", group.lsn},
            {"timeline", group.timeline},
            {"wal_file", group.wal_file},
            {"system_identifier", group.system_identifier},
            {"database_bytes", group.database_bytes},
            {"left_timelines", group.left_timelines}};
}

Ordered json_of(const PointNode& node) {
    return {{"group", node.group},
            {"host", node.address.host},
            {"port", node.address.port},
            {"role", node.role}};
}

int non_negative_at(const Ordered& object, const char* key) {
    const auto number = number_at(object, key).value_or(-1);
    return number >= 0 && number <= std::numeric_limits<int>::max() ? static_cast<int>(number) : -1;
}

std::vector<std::string> texts_at(const Ordered& object, const char* key) {
    std::vector<std::string> texts;
    if (object.is_object() && object.contains(key) && object[key].is_array()) {
        for (const Ordered& each : object[key]) {
            texts.push_back(each.is_string() ? each.get<std::string>() : "");
        }
    }
    return texts;
}

PointGroup group_of(const Ordered& json) {
    return {non_negative_at(json, "group"),
            text_at(json, "stanza"),
            text_at(json, "label"),
            text_at(json, "lsn"),
            non_negative_at(json, "timeline"),
            text_at(json, "wal_file"),
            text_at(json, "system_identifier"),
            number_at(json, "database_bytes").value_or(0),
            texts_at(json, "left_timelines")};
}

PointNode node_of(const Ordered& json) {
    const int port = non_negative_at(json, "port");
    const bool fits = port > 0 && port <= std::numeric_limits<std::uint16_t>::max();
    return {non_negative_at(json, "group"),
            {text_at(json, "host"), static_cast<std::uint16_t>(fits ? port : 0)},
            text_at(json, "role")};
}

bool is_complete(const PointGroup& group) {
    return group.group >= 0 && group.timeline > 0 && !group.stanza.empty() &&
           !group.label.empty() && !group.wal_file.empty() && !group.system_identifier.empty();
}

bool is_complete(const PointNode& node) {
    return node.group >= 0 && !node.address.host.empty() && node.address.port != 0;
}

template <typename Part>
bool all_complete(const std::vector<Part>& parts) {
    return std::all_of(parts.begin(), parts.end(),
                       [](const Part& part) { return is_complete(part); });
}

}  // namespace

const PointGroup* Manifest::find(int group) const {
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const PointGroup& each) { return each.group == group; });
    return found == groups.end() ? nullptr : &*found;
}

std::string render_manifest(const Manifest& manifest) {
    Ordered groups = Ordered::array();
    for (const auto& group : manifest.groups) {
        groups.push_back(json_of(group));
    }
    Ordered nodes = Ordered::array();
    for (const auto& node : manifest.nodes) {
        nodes.push_back(json_of(node));
    }
    return json_text(Ordered{{"format", kFormat},
                             {"name", manifest.name},
                             {"target", manifest.target},
                             {"cluster", manifest.cluster},
                             {"time", manifest.time},
                             {"time_text", utc_text(manifest.time)},
                             {"database", manifest.database},
                             {"postgres_version", manifest.postgres_version},
                             {"citus_version", manifest.citus_version},
                             {"citus_init_version", manifest.citus_init_version},
                             {"groups", std::move(groups)},
                             {"nodes", std::move(nodes)}});
}

Result<Manifest> parse_manifest(std::string_view json) {
    const Ordered all = Ordered::parse(json, nullptr, false);
    const int format = non_negative_at(all, "format");
    if (format > kFormat) {
        return fail(ExitCode::software,
                    fmt::format("a later version of citus-init wrote it (format {}, this one reads "
                                "up to {})",
                                format, kFormat));
    }
    Manifest manifest;
    manifest.name = text_at(all, "name");
    manifest.target = text_at(all, "target");
    manifest.cluster = text_at(all, "cluster");
    manifest.time = number_at(all, "time").value_or(0);
    manifest.database = text_at(all, "database");
    manifest.postgres_version = text_at(all, "postgres_version");
    manifest.citus_version = text_at(all, "citus_version");
    manifest.citus_init_version = text_at(all, "citus_init_version");
    const auto parts = [&all](const char* key) {
        return all.is_object() && all.contains(key) && all[key].is_array() ? all[key]
                                                                           : Ordered::array();
    };
    for (const Ordered& group : parts("groups")) {
        manifest.groups.push_back(group_of(group));
    }
    for (const Ordered& node : parts("nodes")) {
        manifest.nodes.push_back(node_of(node));
    }
    if (format != kFormat || manifest.name.empty() || manifest.target.empty() ||
        manifest.database.empty() || manifest.groups.empty() || !all_complete(manifest.groups) ||
        !all_complete(manifest.nodes)) {
        return fail(ExitCode::software, "it is no manifest of a restore point, or not a whole one");
    }
    return manifest;
}

}  // namespace citus_init::backup
