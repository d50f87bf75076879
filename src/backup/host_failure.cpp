#include "backup/host_failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace citus_init::backup {

namespace {

constexpr const char* kSameSecret =
    "Give the repository host and every node the same CITUS_CLUSTER_SECRET, and restart the one "
    "that had another";
constexpr const char* kMoreRoom =
    "Make room on the repository host, or keep fewer backups there: CITUS_BACKUP_RETENTION_FULL";

}  // namespace

std::string host_fix_of(FailureKind kind, const FailedStanza& of) {
    static constexpr std::array kFixes{
        std::pair{FailureKind::untrusted, kSameSecret},
        std::pair{FailureKind::not_admitted, kSameSecret},
        std::pair{FailureKind::wrong_name,
                  "Set CITUS_NODE_HOST of the repository host to the name that CITUS_BACKUP_REPO "
                  "has, and restart it"},
        std::pair{FailureKind::no_permission,
                  "On the repository host, give the directory of its CITUS_BACKUP_REPO to the user "
                  "that it runs as (chown, or fsGroup), writable"},
        std::pair{FailureKind::disk_full, kMoreRoom},
        std::pair{FailureKind::cannot_write, kMoreRoom},
        std::pair{FailureKind::wrong_cipher,
                  "Set CITUS_BACKUP_CIPHER_PASS to the passphrase of the repository, on the "
                  "repository host and on every node"}};
    if (!of.repository.starts_with("pgbackrest://")) {
        return "";
    }
    if (kind == FailureKind::unreachable) {
        return fmt::format(
            "Check that `citus-init repository-host` runs at {}, its CITUS_BACKUP_LISTEN and the "
            "network",
            of.repository);
    }
    const auto* const row = std::find_if(kFixes.begin(), kFixes.end(),
                                         [&](const auto& each) { return each.first == kind; });
    return row == kFixes.end() ? "" : row->second;
}

void turn_to_node(Failure& failure) {
    const auto words = failure.reason.find(" (");
    const std::string own = words == std::string::npos ? "" : failure.reason.substr(words);
    if (failure.kind == FailureKind::unreachable) {
        failure.reason = "the repository host cannot reach pgBackRest's server of this node" + own;
        failure.fix =
            "Check CITUS_NODE_HOST and CITUS_BACKUP_LISTEN of this node, and the network from the "
            "repository host to it";
    } else if (failure.kind == FailureKind::untrusted ||
               failure.kind == FailureKind::not_admitted) {
        failure.reason = "the repository host and this node do not trust each other" + own;
        failure.fix = kSameSecret;
    } else if (failure.kind == FailureKind::wrong_name) {
        failure.reason = "the repository host finds another name in this node's certificate" + own;
        failure.fix = "Set CITUS_NODE_HOST of this node to the name that it is reached by";
    }
}

}  // namespace citus_init::backup
