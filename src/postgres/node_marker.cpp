#include "citus_init/postgres/node_marker.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/json_fields.h"

#include "postgres/optional_record.h"

namespace citus_init::postgres {

namespace {

std::vector<int> numbers_of(std::string_view version) {
    std::vector<int> numbers;
    const char* position = version.data();
    const char* end = position + version.size();
    while (position != end) {
        int number = 0;
        const auto [stopped, error] = std::from_chars(position, end, number);
        if (error == std::errc{} && number >= 0) {
            numbers.push_back(number);
            position = stopped;
        }
        if (position != end) {
            ++position;  // the separator; "-" must not become a sign
        }
    }
    return numbers;
}

}  // namespace

std::uint64_t directory_id(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool may_come_from_pg_upgrade(const std::optional<NodeMarker>& marker, int postgres_major) {
    return !marker || marker->postgres_major != postgres_major;
}

bool is_copied_directory(const NodeMarker& marker, const std::string& data_directory) {
    return marker.directory_id != 0 && marker.directory_id != directory_id(data_directory);
}

std::string node_marker_path(const std::string& data_directory) {
    return data_directory + "/citus_init/marker.json";
}

std::string node_marker_text(const NodeMarker& marker) {
    nlohmann::ordered_json json;
    json["citus"] = marker.citus;
    json["role"] = marker.role;
    json["extension_version"] = marker.extension_version;
    json["library_version"] = marker.library_version;
    json["postgres_major"] = marker.postgres_major;
    json["node"] = marker.node;
    json["validation_fingerprint"] = marker.validation_fingerprint;
    json["cluster_id"] = marker.cluster_id;
    json["database"] = marker.database;
    if (marker.is_member) {
        json["is_member"] = *marker.is_member;
    }
    json["confirmed_address"] = marker.confirmed_address;
    json["directory_id"] =
        std::to_string(marker.directory_id);  // larger than what JSON's numbers hold
    json["has_login_role"] = marker.has_login_role;
    json["superuser"] = marker.superuser;
    if (marker.group_id) {
        json["group_id"] = *marker.group_id;
    }
    if (!marker.preset.empty()) {
        json["preset"] = marker.preset;
    }
    if (!marker.stanza.empty()) {
        json["stanza"] = marker.stanza;
    }
    return json_text(json);
}

Result<NodeMarker> parse_node_marker(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("citus") || !json["citus"].is_boolean()) {
        return fail(ExitCode::data_directory, "is no marker of citus-init");
    }
    NodeMarker marker;
    marker.citus = flag_at(json, "citus");
    marker.role = text_at(json, "role");
    marker.extension_version = text_at(json, "extension_version");
    marker.library_version = text_at(json, "library_version");
    marker.postgres_major = static_cast<int>(number_at(json, "postgres_major").value_or(0));
    marker.node = text_at(json, "node");
    marker.validation_fingerprint = text_at(json, "validation_fingerprint");
    marker.cluster_id = text_at(json, "cluster_id");
    marker.database = text_at(json, "database");
    if (json.contains("is_member") && json["is_member"].is_boolean()) {
        marker.is_member = flag_at(json, "is_member");
    }
    marker.confirmed_address = text_at(json, "confirmed_address");
    const std::string id = text_at(json, "directory_id");
    std::from_chars(id.data(), id.data() + id.size(), marker.directory_id);
    marker.has_login_role = flag_at(json, "has_login_role");
    marker.superuser = text_at(json, "superuser");
    if (const auto group = number_at(json, "group_id")) {
        marker.group_id = static_cast<int>(*group);
    }
    marker.preset = text_at(json, "preset");
    marker.stanza = text_at(json, "stanza");
    return marker;
}

Result<std::optional<NodeMarker>> read_node_marker(const Filesystem& files,
                                                   const std::string& data_directory) {
    const std::string path = node_marker_path(data_directory);
    return read_optional_record(files, path, [&](const std::string& text) {
        return parse_node_marker(text).map_error([&](const Error& error) {
            return Error{
                ExitCode::data_directory,
                fmt::format("\"{}\" {}, so it is unknown whether this data directory holds "
                            "Citus. Restore the file, or remove it if you know what is in "
                            "it.",
                            path, error.message)};
        });
    });
}

Status write_node_marker(const std::string& data_directory, const NodeMarker& marker,
                         Durability durability) {
    CITUS_INIT_TRY(make_directories(data_directory + "/citus_init", 0700));
    const auto write = durability == Durability::synced ? write_file_atomically : replace_file;
    return write(node_marker_path(data_directory), node_marker_text(marker), 0600);
}

Status check_preset(const std::string& made_with, const std::string& preset,
                    const std::string& data_directory) {
    if (made_with == preset) {
        return {};
    }
    if (made_with.empty()) {
        return fail(ExitCode::config,
                    fmt::format("data directory \"{}\" was made without CITUS_PRESET={}, which is "
                                "for data that may be lost: it switches fsync off. Leave "
                                "CITUS_PRESET away, or start on an empty data directory.",
                                data_directory, preset));
    }
    return fail(ExitCode::config,
                fmt::format("data directory \"{0}\" was made with CITUS_PRESET={1}, so its server "
                            "ran with fsync off: after a crash of the machine it may be damaged "
                            "without a sign. Set CITUS_PRESET={1}, or start on an empty data "
                            "directory; pg_dumpall takes over what is worth keeping.",
                            data_directory, made_with));
}

Status check_node_marker(const NodeMarker& marker, const NodeIntent& intent,
                         const std::string& data_directory) {
    if (!marker.citus) {
        return {};
    }
    if (!intent.citus_enable) {
        if (intent.allow_disable) {
            return {};
        }
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{}\" holds Citus, but CITUS_ENABLE is not true: "
                        "without Citus loaded, writes to distributed tables would go astray "
                        "silently. Set CITUS_ENABLE=true, or CITUS_ALLOW_DISABLE=true if "
                        "that is what you want.",
                        data_directory));
    }
    if (!intent.library_version.empty() && !marker.extension_version.empty() &&
        std::is_lt(compare_extension_versions(intent.library_version, marker.extension_version))) {
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{}\" holds the Citus extension at version {}, but "
                        "this image's Citus is older ({}), and an extension cannot go back. "
                        "Use an image with Citus {} or newer.",
                        data_directory, marker.extension_version, intent.library_version,
                        marker.extension_version));
    }
    if (!marker.role.empty() && marker.role != intent.role) {
        return fail(ExitCode::data_directory,
                    fmt::format("data directory \"{0}\" belongs to a {1}, but CITUS_ROLE is {2}. "
                                "Set CITUS_ROLE={1}, or start this node on another data directory "
                                "(a new volume) and keep this one.",
                                data_directory, marker.role, intent.role));
    }
    if (!marker.database.empty() && marker.database != intent.database && !intent.allow_recreate) {
        // POSTGRES_USER is the default of POSTGRES_DB.
        const bool other_user = !marker.superuser.empty() && marker.superuser != intent.superuser;
        return fail(
            ExitCode::data_directory,
            fmt::format(
                "data directory \"{0}\" has Citus in the database \"{1}\", but "
                "CITUS_DATABASE (or POSTGRES_DB) is \"{2}\"{3}: the start would make a second, "
                "empty Citus database. Set CITUS_DATABASE={1}{4}, or CITUS_ALLOW_RECREATE=true "
                "if that is what you want.",
                data_directory, marker.database, intent.database,
                other_user ? fmt::format(R"( and POSTGRES_USER, once "{}", is "{}")",
                                         marker.superuser, intent.superuser)
                           : "",
                other_user ? fmt::format(" and POSTGRES_USER={}", marker.superuser) : ""));
    }
    return {};
}

std::strong_ordering compare_extension_versions(std::string_view left, std::string_view right) {
    auto ours = numbers_of(left);
    auto theirs = numbers_of(right);
    const auto length = std::max(ours.size(), theirs.size());
    ours.resize(length);
    theirs.resize(length);
    return ours <=> theirs;
}

}  // namespace citus_init::postgres
