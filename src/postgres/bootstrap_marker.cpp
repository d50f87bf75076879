#include "citus_init/postgres/bootstrap_marker.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/tablespaces.h"

namespace citus_init::postgres {

namespace {

std::string marker_path(const std::string& data_directory) {
    return fmt::format("{}/{}", data_directory, kBootstrapMarkerName);
}

std::optional<BootstrapPhase> phase_of_name(std::string_view word) {
    for (const auto phase :
         {BootstrapPhase::initdb, BootstrapPhase::prepare, BootstrapPhase::init_scripts}) {
        if (word == bootstrap_phase_name(phase)) {
            return phase;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_identifier(const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

Status remove_entries(const std::string& directory, bool (*unwanted)(std::string_view)) {
    const auto names = RealFilesystem().list(directory);
    if (!names) {
        return fail(names.error());
    }
    for (const auto& name : *names) {
        if (unwanted(name)) {
            CITUS_INIT_TRY(remove_tree(fmt::format("{}/{}", directory, name)));
        }
    }
    return fsync_directory(directory);
}

bool is_upper_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

}  // namespace

const char* bootstrap_phase_name(BootstrapPhase phase) {
    switch (phase) {
        case BootstrapPhase::initdb:
            return "initdb";
        case BootstrapPhase::prepare:
            return "prepare";
        case BootstrapPhase::init_scripts:
            return "init_scripts";
    }
    return "initdb";
}

std::string bootstrap_marker_text(const BootstrapMarker& marker) {
    nlohmann::ordered_json json;
    json["phase"] = bootstrap_phase_name(marker.phase);
    json["citus_init"] = marker.program_version;
    json["postgres_major"] = marker.postgres_major;
    json["wal_directory"] = marker.wal_directory;
    json["created"] = marker.created;
    if (marker.system_identifier) {
        json["system_identifier"] = std::to_string(*marker.system_identifier);
    }
    return json_text(json);
}

Result<BootstrapMarker> parse_bootstrap_marker(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto wrong = [](std::string_view what) {
        return fail(ExitCode::data_directory, fmt::format("{}: {}", kBootstrapMarkerName, what));
    };
    if (!json.is_object()) {
        return wrong("is not a JSON object");
    }
    const auto phase = phase_of_name(text_at(json, "phase"));
    if (!phase) {
        return wrong("has no known phase");
    }
    return BootstrapMarker{*phase,
                           text_at(json, "citus_init"),
                           static_cast<int>(number_at(json, "postgres_major").value_or(0)),
                           text_at(json, "wal_directory"),
                           text_at(json, "created"),
                           parse_identifier(text_at(json, "system_identifier"))};
}

Status write_bootstrap_marker(const std::string& data_directory, const BootstrapMarker& marker) {
    return write_file_atomically(marker_path(data_directory), bootstrap_marker_text(marker), 0600);
}

Status remove_bootstrap_marker(const std::string& data_directory) {
    CITUS_INIT_TRY(remove_file(marker_path(data_directory)));
    return fsync_directory(data_directory);
}

Status discard_bootstrap(const std::string& data_directory, const std::string& wal_directory,
                         int major) {
    CITUS_INIT_TRY(remove_tablespace_versions(data_directory, major));
    if (!wal_directory.empty() && RealFilesystem().exists(wal_directory)) {
        CITUS_INIT_TRY(remove_entries(wal_directory, is_wal_entry));
    }
    CITUS_INIT_TRY(remove_entries(
        data_directory, [](std::string_view name) { return name != kBootstrapMarkerName; }));
    return remove_bootstrap_marker(data_directory);
}

bool is_wal_entry(std::string_view name) {
    constexpr std::size_t kSegmentName = 24;
    constexpr std::size_t kTimelineName = 8;
    if (name == "archive_status" || name == "summaries" || name.substr(0, 8) == "xlogtemp") {
        return true;
    }
    const auto stem = name.substr(0, name.find('.'));
    return is_upper_hex(stem) &&
           (stem.size() == kSegmentName ||
            (stem.size() == kTimelineName && name.substr(stem.size()) == ".history"));
}

}  // namespace citus_init::postgres
