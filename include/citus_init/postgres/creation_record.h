#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// "PGDATA.incomplete", beside a data directory that Patroni makes, since Patroni renames and
// removes the directory itself: there from before the directory is made until a server has run on
// it as a standby, or its member leads its group (ADR 88).
struct CreationRecord {
    std::int64_t began = 0;  // seconds since 1970
    // When the pg_control was written last that was there when Patroni began to replace the
    // directory, in nanoseconds since 1970; 0 = there was none.
    std::int64_t replaced_control_ns = 0;
    // What was being made was cut off: the group's `initialize` key may still say that this
    // member's bootstrap is under way.
    bool was_interrupted = false;
    bool operator==(const CreationRecord&) const = default;
};

std::string creation_record_path(const std::string& data_directory);

std::string creation_record_text(const CreationRecord& record);
// Any text is a record: what cannot be read of it is 0 or false.
CreationRecord parse_creation_record(std::string_view text);

// None where there is no such file. Errors: `permission`, `io`.
[[nodiscard]] Result<std::optional<CreationRecord>> read_creation_record(
    const Filesystem& files, const std::string& data_directory);
// Writes or replaces it, durably (fsync of file and directory).
[[nodiscard]] Status write_creation_record(const std::string& data_directory,
                                           const CreationRecord& record);
// No record is fine.
[[nodiscard]] Status remove_creation_record(const std::string& data_directory);

// How far the data directory came. No server runs on it.
enum class CreationState {
    nothing,               // nothing that initdb or a base backup makes, or what nobody recorded
    complete,              // a whole cluster
    interrupted_copy,      // a base backup or a restore was cut off, or the removal before it
    interrupted_initdb,    // no server has run on it yet
    unfinished_bootstrap,  // made by initdb, and a server ran on it as a primary: the configuration
                           // store alone knows whether Patroni was done with it
    damaged,               // no record, and no pg_control: nobody knows what it is
};

// Reads names and small files only. A record that is older than the cluster counts for nothing:
// the cluster was put there by somebody else.
CreationState inspect_creation(const Filesystem& files, const std::string& data_directory,
                               const std::optional<CreationRecord>& record);

// Of a start without Patroni: removes the record of what is complete, or was not begun. Errors:
// `data_directory`, Patroni was making what is there.
[[nodiscard]] Status check_creation_without_patroni(const std::string& data_directory);

// Moves an incomplete data directory to PATH.failed, in place of what is there, and removes the WAL
// that its pg_wal leads to where that is `wal_directory` (POSTGRES_INITDB_WALDIR, "" = none). One
// that is `damaged` is kept instead, as PATH.damaged.TIME, and its WAL as
// WAL_DIRECTORY.damaged.TIME. Returns the new path. Errors: `data_directory`.
[[nodiscard]] Result<std::string> set_incomplete_aside(const std::string& data_directory,
                                                       const std::string& wal_directory,
                                                       CreationState state);

}  // namespace citus_init::postgres
