#include "citus_init/backup/failure.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "backup/host_failure.h"

namespace citus_init::backup {

namespace {

// What an error of pgBackRest has in its text, and what it means. The first row that fits counts.
struct Sign {
    std::string_view text;
    FailureKind kind;
};

// Codes are those of pgBackRest's build/error.yaml, names stand where the error is a repository's.
constexpr std::array kSigns{
    Sign{"[28] No space left on device", FailureKind::disk_full},
    Sign{"[122] Disk quota exceeded", FailureKind::disk_full},
    Sign{"for read: [13] Permission denied", FailureKind::unreadable_file},
    Sign{"[13] Permission denied", FailureKind::no_permission},
    Sign{"[30] Read-only file system", FailureKind::no_permission},
    Sign{"do not match the database", FailureKind::other_cluster},
    Sign{"ArchiveMismatchError", FailureKind::other_cluster},
    Sign{"with a different checksum", FailureKind::duplicate_segment},
    Sign{"unable to find hostname", FailureKind::wrong_name},
    // Of the other side of TLS, which refuses the client's certificate.
    Sign{"alert unknown ca", FailureKind::not_admitted},
    Sign{"alert bad certificate", FailureKind::not_admitted},
    Sign{"alert certificate", FailureKind::not_admitted},
    Sign{"alert decrypt error", FailureKind::not_admitted},
    Sign{"access denied", FailureKind::not_admitted},
    Sign{"for greeting key 'version'", FailureKind::other_pgbackrest},
    // OpenSSL's are CryptoErrors, too, and pgBackRest adds a hint on encryption to each.
    Sign{"certificate", FailureKind::untrusted},
    Sign{"key/value found outside of section", FailureKind::wrong_cipher},
    Sign{"CryptoError", FailureKind::wrong_cipher},
    Sign{"cipher header invalid", FailureKind::wrong_cipher},
    Sign{"unable to determine cipher passphrase", FailureKind::wrong_cipher},
    Sign{"HTTP request failed with 403", FailureKind::refused},
    Sign{"HTTP request failed with 401", FailureKind::refused},
    Sign{"HTTP request failed with 404", FailureKind::refused},
    Sign{"HTTP request failed with 301", FailureKind::refused},
    Sign{"[049]", FailureKind::unreachable},
    Sign{"HostConnectError", FailureKind::unreachable},
    Sign{"unable to get address", FailureKind::unreachable},
    Sign{"timeout", FailureKind::unreachable},
    Sign{"unable to acquire lock", FailureKind::busy},
    Sign{"[046]", FailureKind::unknown_version},
    Sign{"unexpected control version", FailureKind::unknown_version},
    Sign{"[087]", FailureKind::archiving_off},
    Sign{"[062]", FailureKind::stopped},
    Sign{"stop file exists", FailureKind::stopped},
    // After a write that was cut short, without its cause.
    Sign{"unable to write", FailureKind::cannot_write},
    Sign{"FileMissingError", FailureKind::stanza_missing},
    Sign{"missing stanza path", FailureKind::stanza_missing},
};

FailureKind kind_of(std::string_view text) {
    // Its own text speaks of a timeout, too.
    if (text.find("was not archived before the") != std::string_view::npos) {
        return FailureKind::not_archived;
    }
    const auto* const sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const Sign& each) {
        return text.find(each.text) != std::string_view::npos;
    });
    return sign == kSigns.end() ? FailureKind::other : sign->kind;
}

// " NoSuchBucket": what an S3 server calls its error, in the answer's body.
std::string s3_code(std::string_view errors) {
    constexpr std::string_view kBegin = "<Code>";
    constexpr std::size_t kLongest = 60;
    const auto begin = errors.find(kBegin);
    const auto end = begin == std::string_view::npos ? begin : errors.find("</Code>", begin);
    if (end == std::string_view::npos) {
        return "";
    }
    const auto start = begin + kBegin.size();
    return fmt::format(" {}", one_line(errors.substr(start, std::min(end - start, kLongest))));
}

// From the first ERROR on; without the hints, which are for a configuration by hand, the request of
// an HTTP error ("***"), and what follows a line that is no text (of an encrypted file).
std::string own_words(std::string_view errors) {
    constexpr std::size_t kLongest = 300;
    const auto start = errors.find("ERROR: ");
    if (start != std::string_view::npos) {
        errors.remove_prefix(start + std::string_view("ERROR: ").size());
    }
    std::string text;
    for (const std::string& line : split(errors, '\n')) {
        const std::string_view words = trim(line);
        const bool is_text = std::all_of(words.begin(), words.end(), [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x7f;
        });
        if (words.starts_with("HINT:") || words.starts_with("***") || !is_text) {
            break;
        }
        text += (text.empty() || words.empty() ? "" : " ") + std::string(words);
    }
    text += s3_code(errors);
    return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

std::string_view plain_words(FailureKind kind) {
    switch (kind) {
        case FailureKind::other:
            return "pgBackRest failed";
        case FailureKind::stanza_missing:
            return "the repository does not have this stanza, or is not there";
        case FailureKind::other_cluster:
            return "the stanza belongs to another cluster";
        case FailureKind::wrong_cipher:
            return "the repository cannot be read with this passphrase";
        case FailureKind::no_permission:
            return "the server's user may not write to the repository";
        case FailureKind::unreadable_file:
            return "the server's user may not read a file";
        case FailureKind::cannot_write:
            return "the repository cannot be written";
        case FailureKind::disk_full:
            return "the repository's disk is full";
        case FailureKind::unreachable:
            return "the repository's server cannot be reached";
        case FailureKind::untrusted:
            return "the certificate of the repository's server is not trusted";
        case FailureKind::refused:
            return "the repository's server refuses the request";
        case FailureKind::unknown_version:
            return "this pgBackRest does not know the server's version";
        case FailureKind::duplicate_segment:
            return "a copy of this node archives there, too: the WAL file differs in content";
        case FailureKind::not_archived:
            return "a WAL segment did not arrive in the repository in time";
        case FailureKind::stopped:
            return "pgBackRest was stopped for this stanza (pgbackrest stop)";
        case FailureKind::busy:
            return "another pgBackRest works on this stanza";
        case FailureKind::archiving_off:
            return "archive_mode of the running server is off";
        case FailureKind::hanging:
            return "pgBackRest does not come to an end";
        case FailureKind::wrong_name:
            return "the certificate of the repository's server is for another host name";
        case FailureKind::not_admitted:
            return "the repository host does not admit this node's certificate";
        case FailureKind::other_pgbackrest:
            return "the repository host and this node have different versions of pgBackRest";
    }
    return "";
}

std::string command(const FailedStanza& of, std::string_view verb) {
    return fmt::format("pgbackrest --config={} --stanza={} {}", of.configuration, of.stanza, verb);
}

std::string fix_of(FailureKind kind, const FailedStanza& of) {
    switch (kind) {
        case FailureKind::stanza_missing:
            return fmt::format(
                "Bring {} back (is its volume mounted?); to begin anew because it is lost: {}",
                of.repository, command(of, "stanza-create"));
        case FailureKind::other_cluster:
            return fmt::format(
                "Give each cluster a CITUS_BACKUP_NAME of its own; where pg_upgrade made this "
                "cluster of that one: {}",
                command(of, "stanza-upgrade"));
        case FailureKind::wrong_cipher:
            return "Set CITUS_BACKUP_CIPHER_PASS to the passphrase that the repository was made "
                   "with, or use another CITUS_BACKUP_REPO";
        case FailureKind::no_permission:
            return fmt::format(
                "Give the directory of {} to the server's user (chown, or "
                "fsGroup), writable",
                of.repository);
        case FailureKind::unreadable_file:
            return "Give that file to the server's user (chown), or remove it if it is not "
                   "PostgreSQL's";
        case FailureKind::disk_full:
            return "Make room there, or expire backups: " + command(of, "expire");
        case FailureKind::cannot_write:
            return fmt::format("Check whether {} has room, and its quota", of.repository);
        case FailureKind::unreachable:
            return fmt::format("Check the network, and the address of {} in CITUS_BACKUP_REPO",
                               of.repository);
        case FailureKind::other_pgbackrest:
            return "Use one version of pgBackRest in the images of all nodes and of the repository "
                   "host";
        case FailureKind::untrusted:
        case FailureKind::wrong_name:
            return "Name the authority's file, CITUS_BACKUP_OPTIONS=repo1-storage-ca-file=/PATH, "
                   "and in CITUS_BACKUP_REPO a host name that the certificate has";
        case FailureKind::refused:
            return "Check the bucket, endpoint and region of CITUS_BACKUP_REPO, "
                   "CITUS_BACKUP_S3_KEY and CITUS_BACKUP_S3_KEY_SECRET";
        case FailureKind::unknown_version:
            return "Install a newer pgBackRest in the image";
        case FailureKind::duplicate_segment:
            return "Stop the copy, or give it a CITUS_BACKUP_NAME of its own";
        case FailureKind::stopped:
            return command(of, "start");
        case FailureKind::busy:
            return "Wait for its end; somebody has started it by hand";
        case FailureKind::archiving_off:
            return "Restart the node: the server takes archive_mode at its start only";
        case FailureKind::hanging:
            return fmt::format("Check whether {} responds", of.repository);
        case FailureKind::other:
        case FailureKind::not_admitted:
        case FailureKind::not_archived:
            break;
    }
    return "Run by hand: " + command(of, "check");
}

}  // namespace

Failure read_failure(std::string_view errors, const FailedStanza& of) {
    Failure failure;
    failure.kind = kind_of(errors);
    if (failure.kind == FailureKind::cannot_write && of.is_full) {
        failure.kind = FailureKind::disk_full;
    }
    const std::string words = own_words(errors);
    failure.reason = words.empty() ? std::string(plain_words(failure.kind))
                                   : fmt::format("{} ({})", plain_words(failure.kind), words);
    failure.fix = host_fix_of(failure.kind, of);
    if (failure.fix.empty()) {
        failure.fix = fix_of(failure.kind, of);
    }
    return failure;
}

Failure failure_of(const Run& run, const FailedStanza& of) {
    constexpr int kSignals = 128;
    if (!run.timed_out) {
        Failure failure = read_failure(run.errors, of);
        if (run.on_host) {
            turn_to_node(failure);
        }
        if (run.code > kSignals && run.errors.empty()) {
            failure.reason += fmt::format(" (signal {})", run.code - kSignals);
        }
        return failure;
    }
    return {FailureKind::hanging, std::string(plain_words(FailureKind::hanging)),
            fix_of(FailureKind::hanging, of)};
}

std::string text_of(const Failure& failure) {
    return one_line(failure.reason + ". " + failure.fix);
}

}  // namespace citus_init::backup
