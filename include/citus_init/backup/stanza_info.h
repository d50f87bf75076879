#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/backup/wal_history.h"
#include "citus_init/base/result.h"

namespace citus_init::backup {

// A cluster that a stanza has been used for; the last one is the current one.
struct StanzaDatabase {
    std::string system_identifier;
    std::string version;  // "15"
    int id = 0;
    bool operator==(const StanzaDatabase&) const = default;
};

// A base backup. Times are seconds since 1970, sizes are bytes.
struct BaseBackup {
    std::string label;  // "20261129-125440F_20261129-125456I"
    std::string type;   // full, diff, incr
    int database_id = 0;
    bool has_errors = false;  // pages with a wrong checksum
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::string wal_start;             // the first WAL segment that it needs
    std::string wal_stop;              // the last one
    std::int64_t size = 0;             // of the files that it restores
    std::int64_t read = 0;             // of those that it copied
    std::int64_t repository_size = 0;  // that it takes up by itself, compressed
    bool operator==(const BaseBackup&) const = default;
};

// The WAL that is archived for one of the databases.
struct ArchivedWal {
    int database_id = 0;
    std::string first;
    std::string last;
    bool operator==(const ArchivedWal&) const = default;
};

// What `pgbackrest info --output=json` says of one stanza.
struct StanzaInfo {
    int code = 0;  // 0 is ok, 1 missing, 2 without backups; 99: `message` says what is wrong
    std::string message;
    std::vector<StanzaDatabase> databases;
    std::string name{};
    std::vector<BaseBackup> backups{};  // oldest first
    std::vector<ArchivedWal> archives{};
    bool operator==(const StanzaInfo&) const = default;

    // Then the lists are empty, whatever the repository has.
    bool is_unreadable() const;
    // Of the current database; none where it has none. An older one's can restore no point of it.
    const BaseBackup* find(const std::string& label) const;
    const BaseBackup* latest() const;
    // The latest that a server with this history has written all of, and so can be restored for a
    // replica of it. Where `wal` is not known, the latest.
    const BaseBackup* latest_for(const WalHistory& wal) const;
};

// All stanzas of a repository. Error `software`: the text is not that. Unknown fields are ignored.
// Pure, for any bytes.
[[nodiscard]] Result<std::vector<StanzaInfo>> parse_repository_info(std::string_view json);

// Error `software`, too: that stanza is not among them.
[[nodiscard]] Result<StanzaInfo> parse_stanza_info(std::string_view json,
                                                   const std::string& stanza);

const StanzaInfo* find_stanza(const std::vector<StanzaInfo>& stanzas, const std::string& name);

}  // namespace citus_init::backup
