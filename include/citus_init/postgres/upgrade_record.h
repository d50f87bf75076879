#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// How far the way of a data directory to a newer major version has come.
enum class UpgradePhase {
    begun,       // the old cluster is whole; all that was made beside it can be made anew
    upgraded,    // pg_upgrade has succeeded; the new cluster is being completed
    moving_old,  // the new cluster is complete; the old one's files are moved away
    moving_new,  // the new one's files are moved into their place
};

const char* upgrade_phase_name(UpgradePhase phase);

// "PGDATA/citus_init.upgrade.json": there from before anything is made until the new cluster is in
// place, so a directory that has it is served by nobody.
struct UpgradeRecord {
    UpgradePhase phase = UpgradePhase::begun;
    int from_major = 0;
    int to_major = 0;
    // Of the old cluster where that is not the data directory itself; "" = it is.
    std::string old_directory;
    bool linked = false;  // by hard links: the first start of the new server ends the old cluster
    // pg_upgrade has been started, for which no tablespace had a directory of `to_major`: one that
    // is there is this upgrade's, and no other cluster's.
    bool transfer_begun = false;
    std::string old_control;  // control_fingerprint() of the old cluster when pg_upgrade had ended
    std::string program_version;  // ours
    std::string created;          // RFC 3339 UTC
    bool operator==(const UpgradeRecord&) const = default;
};

inline constexpr std::string_view kUpgradeRecordName = "citus_init.upgrade.json";
// Where the new cluster is made, within the data directory: that may be a volume's root, which
// cannot be renamed.
inline constexpr std::string_view kUpgradeDirectoryName = "citus_init.upgrade";
// Where the old cluster is kept, beside the files of the new one.
inline constexpr std::string_view kKeptDirectoryName = "citus_init.old";
// In it: where the old cluster is, and of which major version.
inline constexpr std::string_view kKeptRecordName = "citus_init.upgraded.json";

// In the old cluster, and only its own: citus_prepare_pg_upgrade() may have been called there and
// was not taken back. In another place than the record that is all that its old image finds.
inline constexpr std::string_view kPreparedMarkName = "citus_init.prepared";

std::string upgrade_record_text(const UpgradeRecord& record);
// Errors: `data_directory`; the text is no record of ours.
[[nodiscard]] Result<UpgradeRecord> parse_upgrade_record(const std::string& text);

// None where there is no such file. Errors: `data_directory`, its content cannot be used.
[[nodiscard]] Result<std::optional<UpgradeRecord>> read_upgrade_record(
    const Filesystem& files, const std::string& data_directory);
// Writes or replaces it, durably (fsync of file and directory).
[[nodiscard]] Status write_upgrade_record(const std::string& data_directory,
                                          const UpgradeRecord& record);
[[nodiscard]] Status remove_upgrade_record(const std::string& data_directory);

bool has_prepared_mark(const Filesystem& files, const std::string& data_directory);
// Both are durable, and can be repeated.
[[nodiscard]] Status write_prepared_mark(const std::string& data_directory);
[[nodiscard]] Status remove_prepared_mark(const std::string& data_directory);

}  // namespace citus_init::postgres
