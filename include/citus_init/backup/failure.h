#pragma once

#include <string>
#include <string_view>

#include "citus_init/backup/runner.h"

namespace citus_init::backup {

enum class FailureKind {
    other,
    stanza_missing,  // the repository has none of that name
    other_cluster,   // it has one of another system identifier
    wrong_cipher,
    no_permission,
    unreadable_file,  // of the data directory or of the repository
    cannot_write,     // pgBackRest does not say why
    disk_full,
    unreachable,  // the server of the repository, or its name
    untrusted,    // the certificate of that server
    refused,      // by that server: keys, bucket
    unknown_version,
    duplicate_segment,  // with other content: a second cluster archives there
    not_archived,       // a segment did not arrive in time
    stopped,            // by `pgbackrest stop`
    busy,               // another pgBackRest works on the stanza on this node
    archiving_off,      // archive_mode of the server
    hanging,            // no end within the deadline
    wrong_name,         // the certificate of the repository's server has another one
    not_admitted,       // by the repository host: this node's certificate
    other_pgbackrest,   // the repository host has another version
};

// Why pgBackRest failed.
struct Failure {
    FailureKind kind = FailureKind::other;
    std::string reason;  // in plain words, pgBackRest's own behind them; no full stop
    std::string fix;     // a sentence without its full stop
    bool operator==(const Failure&) const = default;
};

// Whose failure it is.
struct FailedStanza {
    std::string stanza;         // "app-0"
    std::string repository;     // "posix:/backup"
    std::string configuration;  // path of pgbackrest.conf
    bool is_full = false;       // the repository's disk has no room for a segment
};

// From what a run wrote to stderr: its first "ERROR: [NNN]: text", or of the repository that it
// names. Pure, for any text.
Failure read_failure(std::string_view errors, const FailedStanza& of);
// The same of a run that did not succeed.
Failure failure_of(const Run& run, const FailedStanza& of);

// "REASON. FIX", one line.
std::string text_of(const Failure& failure);

}  // namespace citus_init::backup
