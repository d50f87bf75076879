#include "restore/restore_plan.h"

#include <algorithm>
#include <compare>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/restorable.h"
#include "citus_init/base/text.h"
#include "citus_init/base/version.h"
#include "citus_init/postgres/node_marker.h"

namespace citus_init::restore {

namespace {

using backup::Manifest;
using backup::PointNode;

constexpr int kCoordinatorGroup = 0;

Error refused(const Manifest& point, const std::string& reason) {
    return {ExitCode::config,
            fmt::format("the restore point {} cannot be restored on this node: {}", point.name,
                        reason)};
}

bool is_primary_of(const PointNode& node, int group) {
    return node.group == group && node.role == "primary";
}

HostPort address_of(const Manifest& point, int group) {
    const auto found =
        std::find_if(point.nodes.begin(), point.nodes.end(),
                     [&](const PointNode& node) { return is_primary_of(node, group); });
    return found == point.nodes.end() ? HostPort{"", 0} : found->address;
}

// "1 (w1:5432), 2 (w2:5432)"
std::string worker_groups(const Manifest& point) {
    std::vector<std::string> texts;
    for (const auto& group : point.groups) {
        if (group.group != kCoordinatorGroup) {
            texts.push_back(
                fmt::format("{} ({})", group.group, address_of(point, group.group).text()));
        }
    }
    return texts.empty() ? "no worker" : "group " + join(texts, ", ");
}

// Several on one host differ by their ports.
std::optional<int> group_at(const Manifest& point, const HostPort& address) {
    std::vector<PointNode> on_host;
    for (const auto& node : point.nodes) {
        if (node.group != kCoordinatorGroup && node.role == "primary" &&
            to_lower(node.address.host) == to_lower(address.host)) {
            on_host.push_back(node);
        }
    }
    if (on_host.size() == 1) {
        return on_host.front().group;
    }
    const auto same = std::find_if(on_host.begin(), on_host.end(), [&](const PointNode& node) {
        return node.address.port == address.port;
    });
    return same == on_host.end() ? std::nullopt : std::optional(same->group);
}

Result<int> group_of(const Manifest& point, const RestoredNode& node) {
    if (!node.is_worker) {
        return kCoordinatorGroup;
    }
    const auto group = node.group ? node.group : group_at(point, node.address);
    if (!group) {
        return fail(refused(
            point, fmt::format("no worker of it had the address {}. It has {}. Set "
                               "CITUS_RESTORE_GROUP to the group that this worker is to be, "
                               "another one on each worker.",
                               node.address.text(), worker_groups(point))));
    }
    if (*group == kCoordinatorGroup || point.find(*group) == nullptr) {
        return fail(refused(point, fmt::format("CITUS_RESTORE_GROUP: {} is not in it. It has {}.",
                                               *group, worker_groups(point))));
    }
    return *group;
}

Status check_versions(const Manifest& point, const RestoredNode& node) {
    constexpr long long kLargest = 99;
    const auto major = parse_integer(
        point.postgres_version.substr(0, point.postgres_version.find('.')), 1, kLargest);
    if (major && *major != node.postgres_major) {
        return fail(
            refused(point, fmt::format("it was made by PostgreSQL {}, and this server is "
                                       "PostgreSQL {}, which cannot read it. Restore it "
                                       "with an image of PostgreSQL {}, and upgrade then.",
                                       point.postgres_version, node.postgres_major, *major)));
    }
    if (point.citus_version.empty()) {
        return {};
    }
    if (!node.has_citus) {
        return fail(refused(point, fmt::format("Citus {} is in it, and this node has none. Set "
                                               "CITUS_ENABLE=true.",
                                               point.citus_version)));
    }
    if (!node.citus_version.empty() &&
        std::is_lt(postgres::compare_extension_versions(node.citus_version, point.citus_version))) {
        return fail(refused(
            point, fmt::format("Citus {} is in it, and this image has the older {}. "
                               "Use an image with Citus {} or later.",
                               point.citus_version, node.citus_version, point.citus_version)));
    }
    return {};
}

}  // namespace

Result<postgres::RestoreRecord> plan_restore(const ChosenPoint& chosen, const RestoredNode& node) {
    const Manifest& point = chosen.manifest;
    CITUS_INIT_TRY(check_versions(point, node));
    const auto number = group_of(point, node);
    if (!number) {
        return fail(number.error());
    }
    const auto* group = point.find(*number);
    const auto* stanza =
        group == nullptr ? nullptr : backup::find_stanza(chosen.stanzas, group->stanza);
    const auto* base = stanza == nullptr ? nullptr : backup::base_backup_for(*group, *stanza);
    if (base == nullptr) {
        return fail(refused(point, fmt::format("there is no base backup of group {}.", *number)));
    }
    postgres::RestoreRecord record;
    record.point = point.name;
    record.target = point.target;
    record.stanza = group->stanza;
    record.label = base->label;
    record.group = *number;
    record.timeline = group->timeline;
    record.system_identifier = group->system_identifier;
    record.has_citus = !point.citus_version.empty();
    record.program_version = version();
    for (const auto& each : point.groups) {
        record.groups.push_back(
            {each.group, address_of(point, each.group), each.system_identifier});
    }
    return record;
}

std::uint64_t restored_bytes(const ChosenPoint& chosen, const postgres::RestoreRecord& record) {
    const auto* stanza = backup::find_stanza(chosen.stanzas, record.stanza);
    const auto* base = stanza == nullptr ? nullptr : stanza->find(record.label);
    return base == nullptr || base->size < 0 ? 0 : static_cast<std::uint64_t>(base->size);
}

}  // namespace citus_init::restore
