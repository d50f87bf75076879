#include "citus_init/postgres/creation_record.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/file.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/postgres/upgrade_record.h"

namespace citus_init::postgres {

namespace {

bool holds(const Filesystem& files, const std::string& directory, const char* name) {
    return files.exists(fmt::format("{}/{}", directory, name));
}

template <typename Names>
bool holds_any(const Filesystem& files, const std::string& directory, const Names& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const char* name) { return holds(files, directory, name); });
}

// Only a copy has one of these. pg_basebackup writes backup_label first, pgBackRest
// backup.manifest; PG_VERSION comes in no fixed order with either. The server renames backup_label.
bool is_copy(const Filesystem& files, const std::string& directory) {
    constexpr std::array kOfCopies{"backup_label", "backup_label.old", "backup_manifest",
                                   "backup.manifest"};
    return holds_any(files, directory, kOfCopies);
}

// Its own records say what is to be done with it; pg_upgrade --link renames pg_control.
bool is_of_a_start_without_patroni(const Filesystem& files, const std::string& directory) {
    constexpr std::array kRecords{kBootstrapMarkerName, kRestoreRecordName, kUpgradeRecordName,
                                  std::string_view("global/pg_control.old")};
    return std::any_of(kRecords.begin(), kRecords.end(), [&](std::string_view name) {
        return files.exists(fmt::format("{}/{}", directory, name));
    });
}

// initdb writes PG_VERSION early, and pg_control late; a copy ends with pg_control.
CreationState without_control(const Filesystem& files, const std::string& directory,
                              bool is_recorded) {
    if (is_of_a_start_without_patroni(files, directory)) {
        return CreationState::nothing;
    }
    const bool has_version = holds(files, directory, "PG_VERSION");
    const bool copied = is_copy(files, directory);
    if (!is_recorded) {
        const bool has_data = holds(files, directory, "base") && holds(files, directory, "global");
        return has_version || copied || has_data ? CreationState::damaged : CreationState::nothing;
    }
    if (has_version && !copied) {
        return CreationState::interrupted_initdb;
    }
    constexpr std::array kFirst{"base", "global", "pg_wal"};
    return copied || holds_any(files, directory, kFirst) ? CreationState::interrupted_copy
                                                         : CreationState::nothing;
}

// The upper half of a system identifier is the time of its initdb (BootStrapXLOG()).
bool is_older_than(const Filesystem& files, const std::string& directory,
                   const CreationRecord& record) {
    constexpr int kSecondsShift = 32;
    constexpr std::int64_t kClockMaySlip = 60;
    const auto control = read_control_file(files, directory);
    return control && static_cast<std::int64_t>(control->system_identifier >> kSecondsShift) <
                          record.began - kClockMaySlip;
}

// None of them is a link. A removal that is cut off may leave pg_control for last.
bool is_whole(const Filesystem& files, const std::string& directory) {
    constexpr std::array kNeeded{"PG_VERSION", "base", "pg_xact", "pg_multixact"};
    return std::all_of(kNeeded.begin(), kNeeded.end(),
                       [&](const char* name) { return holds(files, directory, name); });
}

CreationState with_control(const Filesystem& files, const std::string& directory,
                           const CreationRecord& record, std::int64_t control_ns) {
    if (record.replaced_control_ns != 0 && control_ns == record.replaced_control_ns) {
        return CreationState::interrupted_copy;  // of what is removed first, something may be left
    }
    const bool copied = is_copy(files, directory);
    // Patroni starts no server on a copy that has failed. The file is in no copy.
    if (holds(files, directory, "postmaster.opts")) {
        const bool is_whole = copied || holds(files, directory, "standby.signal") ||
                              is_older_than(files, directory, record);
        return is_whole ? CreationState::complete : CreationState::unfinished_bootstrap;
    }
    if (copied) {
        return CreationState::interrupted_copy;
    }
    return is_older_than(files, directory, record) ? CreationState::complete
                                                   : CreationState::interrupted_initdb;
}

}  // namespace

std::string creation_record_path(const std::string& data_directory) {
    return data_directory + ".incomplete";
}

std::string creation_record_text(const CreationRecord& record) {
    return json_text(nlohmann::ordered_json{{"began", record.began},
                                            {"replaced_control_ns", record.replaced_control_ns},
                                            {"was_interrupted", record.was_interrupted}});
}

CreationRecord parse_creation_record(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return {};
    }
    return {number_at(json, "began").value_or(0),
            number_at(json, "replaced_control_ns").value_or(0), flag_at(json, "was_interrupted")};
}

Result<std::optional<CreationRecord>> read_creation_record(const Filesystem& files,
                                                           const std::string& data_directory) {
    const std::string path = creation_record_path(data_directory);
    if (!files.exists(path)) {
        return std::optional<CreationRecord>();
    }
    const auto text = files.read(path, read_limit::kRecord);
    if (!text) {
        return fail(text.error());
    }
    return std::optional(parse_creation_record(*text));
}

Status write_creation_record(const std::string& data_directory, const CreationRecord& record) {
    return write_file_atomically(creation_record_path(data_directory), creation_record_text(record),
                                 0600);
}

Status remove_creation_record(const std::string& data_directory) {
    return remove_file(creation_record_path(data_directory));
}

CreationState inspect_creation(const Filesystem& files, const std::string& data_directory,
                               const std::optional<CreationRecord>& record) {
    const auto control = files.status(data_directory + "/global/pg_control");
    if (!control) {
        return without_control(files, data_directory, record.has_value());
    }
    if (record) {
        return with_control(files, data_directory, *record, control->modified_ns);
    }
    return is_whole(files, data_directory) ? CreationState::complete : CreationState::damaged;
}

}  // namespace citus_init::postgres
