#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

// A session's private memory; measured 1.3 to 5.4 MB when idle.
constexpr double kSessionMemory = 4 * kMegabyte;
constexpr double kUsableMemory = 0.8;
constexpr double kSmallSharedMemory = 256 * kMegabyte;
constexpr double kFullDisk = 256 * kMegabyte;
constexpr double kLowDiskShare = 0.1;
constexpr double kLowDisk = 10 * kGigabyte;
constexpr double kSkew = 1;  // second
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kSoon = 14 * kDay;

std::optional<double> setting(const NodeFacts& node, std::string_view name) {
    return node.settings ? node.settings->number(name) : std::nullopt;
}

// shared_memory_size is there since PostgreSQL 15.
double shared_memory_of(const NodeFacts& node) {
    constexpr double kBesideBuffers = 1.2;
    return setting(node, "shared_memory_size")
        .value_or(setting(node, "shared_buffers").value_or(0) * kBesideBuffers);
}

std::string low_disk_text(const DiskSpace& disk) {
    return fmt::format("{} of {} free where the data directory is", size_text(disk.free),
                       size_text(disk.total));
}

bool is_full(const DiskSpace& disk) {
    return static_cast<double>(disk.free) < kFullDisk || disk.free_files == 0;
}

bool is_low(const DiskSpace& disk) {
    const double low = std::min(kLowDisk, kLowDiskShare * static_cast<double>(disk.total));
    return static_cast<double>(disk.free) < std::max(kGigabyte, low);
}

// As Citus makes one where TLS is off: it ends when it begins, and nobody can verify it anyway.
bool is_without_life(const CertificateFacts& certificate) {
    return certificate.end <= certificate.start;
}

constexpr const char* kMakeRoom =
    "Make room or enlarge the volume; `citus-init nodes` shows the nodes' sizes, `citus-init "
    "rebalance` spreads them";

constexpr const char* kRenew =
    "With CITUS_CLUSTER_SECRET the agent renews it: see its log, and the clock of this machine; "
    "else replace the file, and reload";

}  // namespace

void find_buffers_over_limit(const NodeFacts& node, Report& report) {
    const auto buffers = setting(node, "shared_buffers");
    if (buffers && node.machine.memory_limit && *buffers > *node.machine.memory_limit) {
        report.add(node,
                   fmt::format("shared_buffers {} is more than this container's memory {}",
                               size_text(*buffers), size_text(*node.machine.memory_limit)),
                   fmt::format("Set {} to a quarter of the memory, and restart",
                               variable_of("shared_buffers")));
    }
}

void find_tight_memory(const NodeFacts& node, Report& report) {
    const auto limit = node.machine.memory_limit ? node.machine.memory_limit : node.machine.memory;
    const auto sessions = setting(node, "max_connections");
    const auto buffers = setting(node, "shared_buffers");
    if (!limit || !sessions || !buffers || *buffers > *limit) {
        return;
    }
    const double needed = shared_memory_of(node) + *sessions * kSessionMemory;
    if (needed > kUsableMemory * *limit) {
        report.add(
            node,
            fmt::format("shared memory {} + {} sessions x {} = {}, more than {:.0f} % of "
                        "the memory {}",
                        size_text(shared_memory_of(node)), *sessions, size_text(kSessionMemory),
                        size_text(needed), kUsableMemory * 100, size_text(*limit)),
            fmt::format("Lower max_connections ({}) or shared_buffers, or give the "
                        "container more memory",
                        shared_setting_of(node, "max_connections")));
    }
}

void find_small_shared_memory(const NodeFacts& node, Report& report) {
    const auto size = node.machine.shared_memory;
    const bool is_used =
        node.settings && node.settings->text("dynamic_shared_memory_type") == "posix";
    if (size && is_used && *size < kSmallSharedMemory) {
        report.add(node, fmt::format("/dev/shm has {}", size_text(*size)),
                   "Start the container with --shm-size=256mb (compose: shm_size), or set "
                   "CITUS_GUC_DYNAMIC_SHARED_MEMORY_TYPE=sysv and restart");
    }
}

void find_full_disk(const NodeFacts& node, Report& report) {
    if (const auto& disk = node.machine.disk; disk && is_full(*disk)) {
        report.add(node,
                   disk->free_files == 0 ? "no more files can be made where the data directory is"
                                         : low_disk_text(*disk),
                   kMakeRoom);
    }
}

void find_low_disk(const NodeFacts& node, Report& report) {
    if (const auto& disk = node.machine.disk; disk && is_low(*disk) && !is_full(*disk)) {
        report.add(node, low_disk_text(*disk), kMakeRoom);
    }
}

void find_file_system(const NodeFacts& node, Report& report) {
    struct Kind {
        std::string_view type;
        const char* what;
        const char* fix;
    };
    constexpr const char* kVolume =
        "Put PGDATA on a volume (docker run -v NAME:PATH): stop the node, copy the directory, "
        "start it there";
    constexpr const char* kNetwork =
        "Put PGDATA on a local or block volume; else mount it hard, without a soft timeout, and "
        "for one node only";
    static constexpr std::array<Kind, 9> kKinds{
        {{"overlay", "the container's own layer, which goes with the container", kVolume},
         {"aufs", "the container's own layer, which goes with the container", kVolume},
         {"tmpfs", "memory, which goes with the container", kVolume},
         {"ramfs", "memory, which goes with the container", kVolume},
         {"nfs", "a network file system", kNetwork},
         {"nfs4", "a network file system", kNetwork},
         {"cifs", "a network file system", kNetwork},
         {"smb3", "a network file system", kNetwork},
         {"9p", "a network file system", kNetwork}}};
    const auto* const found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) {
        return kind.type == node.machine.file_system;
    });
    if (found != kKinds.end()) {
        report.add(node, fmt::format("the data directory is on {}: {}", found->type, found->what),
                   found->fix);
    }
}

void find_cut_off_stop(const NodeFacts& node, Report& report) {
    if (!node.machine.cut_off_stop.empty()) {
        report.add(node,
                   fmt::format("the stop at {} was cut off before the server had shut down",
                               node.machine.cut_off_stop),
                   "Give the container longer to stop than CITUS_STOP_TIMEOUT: stop_grace_period, "
                   "--stop-timeout or terminationGracePeriodSeconds");
    }
}

void compare_clocks(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.clock || !reference.clock) {
        return;
    }
    const double ahead = node.clock->ahead - reference.clock->ahead;
    const double unsure = (node.clock->round_trip + reference.clock->round_trip) / 2;
    if (std::abs(ahead) - unsure >= kSkew) {
        report.add(
            node,
            fmt::format("its clock is {:.1f} s {} that of {} (within {:.3f} s)", std::abs(ahead),
                        ahead > 0 ? "ahead of" : "behind", reference_text(reference), unsure),
            "Run NTP (chrony, systemd-timesyncd) on every machine");
    }
}

void find_invalid_certificate(const ClusterFacts& cluster, Report& report) {
    for (const NodeFacts& node : cluster.nodes) {
        if (!node.certificate || is_without_life(*node.certificate)) {
            continue;
        }
        if (node.certificate->end <= cluster.now) {
            report.add(
                node,
                fmt::format("the certificate \"{}\" expired {} days ago", node.certificate->file,
                            (cluster.now - node.certificate->end) / kDay),
                kRenew);
        } else if (node.certificate->start > cluster.now) {
            report.add(node,
                       fmt::format("the certificate \"{}\" is not valid before {} s from now",
                                   node.certificate->file, node.certificate->start - cluster.now),
                       "Set the clocks of both machines by NTP");
        }
    }
}

// A certificate of a short life is renewed late: what is left is compared with its life, too.
void find_ending_certificate(const ClusterFacts& cluster, Report& report) {
    constexpr std::int64_t kQuarter = 4;
    for (const NodeFacts& node : cluster.nodes) {
        if (!node.certificate) {
            continue;
        }
        const std::int64_t left = node.certificate->end - cluster.now;
        const std::int64_t life = node.certificate->end - node.certificate->start;
        if (left > 0 && left < std::min(kSoon, life / kQuarter)) {
            report.add(node,
                       fmt::format("the certificate \"{}\" ends in {} hours",
                                   node.certificate->file, left / 3600),
                       kRenew);
        }
    }
}

}  // namespace citus_init::doctor
