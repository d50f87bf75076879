#include "citus_init/postgres/upgrade_record.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/json_fields.h"

#include "postgres/optional_record.h"

namespace citus_init::postgres {

namespace {

constexpr std::array kPhases{UpgradePhase::begun, UpgradePhase::upgraded, UpgradePhase::moving_old,
                             UpgradePhase::moving_new};

std::string record_path(const std::string& data_directory) {
    return fmt::format("{}/{}", data_directory, kUpgradeRecordName);
}

std::string mark_path(const std::string& data_directory) {
    return fmt::format("{}/{}", data_directory, kPreparedMarkName);
}

Error wrong(std::string_view what) {
    return {ExitCode::data_directory,
            fmt::format("\"{}\" {}, so it is unknown how far the upgrade of this data directory "
                        "came. Restore the file, or the data directory from a backup.",
                        kUpgradeRecordName, what)};
}

}  // namespace

const char* upgrade_phase_name(UpgradePhase phase) {
    switch (phase) {
        case UpgradePhase::begun:
            return "begun";
        case UpgradePhase::upgraded:
            return "upgraded";
        case UpgradePhase::moving_old:
            return "moving_old";
        case UpgradePhase::moving_new:
            return "moving_new";
    }
    return "begun";
}

std::string upgrade_record_text(const UpgradeRecord& record) {
    nlohmann::ordered_json json;
    json["phase"] = upgrade_phase_name(record.phase);
    json["from_major"] = record.from_major;
    json["to_major"] = record.to_major;
    json["old_directory"] = record.old_directory;
    json["linked"] = record.linked;
    json["transfer_begun"] = record.transfer_begun;
    json["old_control"] = record.old_control;
    json["citus_init"] = record.program_version;
    json["created"] = record.created;
    return json_text(json);
}

Result<UpgradeRecord> parse_upgrade_record(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return fail(wrong("is not a JSON object"));
    }
    const auto* phase = std::find_if(kPhases.begin(), kPhases.end(), [&](UpgradePhase known) {
        return text_at(json, "phase") == upgrade_phase_name(known);
    });
    const auto from = number_at(json, "from_major").value_or(0);
    const auto to = number_at(json, "to_major").value_or(0);
    if (phase == kPhases.end() || from <= 0 || to <= from) {
        return fail(wrong("has no known phase or versions"));
    }
    return UpgradeRecord{*phase,
                         static_cast<int>(from),
                         static_cast<int>(to),
                         text_at(json, "old_directory"),
                         flag_at(json, "linked"),
                         flag_at(json, "transfer_begun"),
                         text_at(json, "old_control"),
                         text_at(json, "citus_init"),
                         text_at(json, "created")};
}

Result<std::optional<UpgradeRecord>> read_upgrade_record(const Filesystem& files,
                                                         const std::string& data_directory) {
    return read_optional_record(files, record_path(data_directory), parse_upgrade_record);
}

Status write_upgrade_record(const std::string& data_directory, const UpgradeRecord& record) {
    return write_file_atomically(record_path(data_directory), upgrade_record_text(record), 0600);
}

Status remove_upgrade_record(const std::string& data_directory) {
    CITUS_INIT_TRY(remove_file(record_path(data_directory)));
    return fsync_directory(data_directory);
}

bool has_prepared_mark(const Filesystem& files, const std::string& data_directory) {
    return files.exists(mark_path(data_directory));
}

Status write_prepared_mark(const std::string& data_directory) {
    return write_file_atomically(mark_path(data_directory),
                                 "citus_prepare_pg_upgrade() was called in this cluster\n", 0600);
}

Status remove_prepared_mark(const std::string& data_directory) {
    CITUS_INIT_TRY(remove_file(mark_path(data_directory)));
    return fsync_directory(data_directory);
}

}  // namespace citus_init::postgres
