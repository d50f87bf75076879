#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// How far the restore of a data directory has come (ADR 78).
enum class RestorePhase {
    replacing,   // the cluster that is here is moved into kRestoreDirectoryName, where pgBackRest
                 // takes over of its files what it can; only the point and what is ordered count
    files,       // pgBackRest fills kRestoreDirectoryName; it can be begun anew
    moving,      // that is complete, and is moved into its place
    recovering,  // the server replays WAL to the point; then the nodes find each other, without
                 // Citus' library
    settling,    // the catalogs have the new addresses; Citus is there, and settles transactions
    restored,    // complete, and shut down: Patroni may start it (ADR 87)
};

const char* restore_phase_name(RestorePhase phase);

// A group at the restore point.
struct RestoredGroup {
    int group = 0;
    HostPort address;               // as it was registered then; empty host: it was not
    std::string system_identifier;  // of its server
    bool operator==(const RestoredGroup&) const = default;
};

// "PGDATA/citus_init.restore.json": there from before anything is made until the cluster is open. A
// directory that has it serves no client.
struct RestoreRecord {
    RestorePhase phase = RestorePhase::files;
    std::string point;              // its name
    std::string target;             // recovery_target_name
    std::string stanza;             // that this node is restored from: "shop-1"
    std::string label;              // of the base backup
    int group = 0;                  // of this node
    int timeline = 0;               // that the point is on
    std::string system_identifier;  // of this node's server
    bool has_citus = false;
    bool is_ordered = false;  // by `citus-init restore`: the point holds, whatever CITUS_RESTORE is
    bool to_end_of_wal = false;         // beyond the point: this node alone, its cluster lives
    std::vector<RestoredGroup> groups;  // all of them, by number
    std::string program_version;        // ours
    std::string created;                // RFC 3339 UTC
    bool operator==(const RestoreRecord&) const = default;

    // Whether it stays closed until the other nodes are restored, too.
    bool waits_for_cluster() const { return has_citus && !to_end_of_wal; }
    // Whether its data directory holds no cluster yet that a server could start with.
    bool lacks_files() const { return phase < RestorePhase::recovering; }
};

inline constexpr std::string_view kRestoreRecordName = "citus_init.restore.json";
// Where pgBackRest restores to, within the data directory: that may be a volume's root, and
// pgBackRest removes from its own what it does not know.
inline constexpr std::string_view kRestoreDirectoryName = "citus_init.restore";

std::string restore_record_text(const RestoreRecord& record);
// Errors: `data_directory`; the text is no record of ours.
[[nodiscard]] Result<RestoreRecord> parse_restore_record(const std::string& text);

// None where there is no such file. Errors: `data_directory`, its content cannot be used.
[[nodiscard]] Result<std::optional<RestoreRecord>> read_restore_record(
    const Filesystem& files, const std::string& data_directory);
// Writes or replaces it, durably (fsync of file and directory).
[[nodiscard]] Status write_restore_record(const std::string& data_directory,
                                          const RestoreRecord& record);
[[nodiscard]] Status remove_restore_record(const std::string& data_directory);

}  // namespace citus_init::postgres
