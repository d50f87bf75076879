#include "cli/backup/backup_report.h"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/backup/cluster/save_cluster.h"
#include "citus_init/base/clock.h"
#include "citus_init/base/duration.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

using backup::BaseBackup;
using backup::GroupBackup;
using Json = nlohmann::ordered_json;
using Table = std::vector<std::vector<std::string>>;

std::string seconds_text(std::int64_t seconds) {
    return duration_text(std::chrono::seconds(seconds));
}

std::string age_text(std::int64_t seconds) {
    return rough_duration_text(std::chrono::seconds(seconds));
}

Json json_of(const BaseBackup& base) {
    return {{"label", base.label},
            {"type", base.type},
            {"start", utc_text(base.start)},
            {"stop", utc_text(base.stop)},
            {"seconds", base.stop - base.start},
            {"bytes", base.size},
            {"read_bytes", base.read},
            {"repository_bytes", base.repository_size},
            {"wal_start", base.wal_start},
            {"wal_stop", base.wal_stop},
            {"has_errors", base.has_errors}};
}

Json json_of(const backup::Manifest& point) {
    return Json::parse(render_manifest(point));
}

std::vector<std::string> row_of(const std::string& stanza, const BaseBackup& base) {
    return {stanza,
            base.label,
            base.type,
            size_text(base.size),
            size_text(base.repository_size),
            seconds_text(base.stop - base.start)};
}

std::vector<std::string> row_of(const ListedPoint& point, std::int64_t now) {
    const bool is_read = !point.manifest.name.empty();
    std::vector<std::string> stanzas;
    for (const auto& group : point.manifest.groups) {
        stanzas.push_back(group.stanza);
    }
    return {point.name, is_read ? utc_text(point.manifest.time) : "",
            is_read ? age_text(now - point.manifest.time) : "", join(stanzas, " "),
            point.problem.empty() ? "yes" : "no: " + point.problem};
}

}  // namespace

double progress_fraction(const std::vector<GroupBackup>& groups) {
    double done = 0;
    double total = 0;
    double parts = 0;
    bool by_bytes = true;
    for (const auto& group : groups) {
        const bool over = citus::is_over(group.row.state);
        constexpr double kAll = 1000;
        parts += over ? 1 : group.row.permille / kAll;
        done += static_cast<double>(group.row.bytes);
        total += static_cast<double>(over ? group.row.bytes : group.row.total_bytes);
        by_bytes = by_bytes && (over || group.row.total_bytes > 0);
    }
    if (by_bytes && total > 0) {
        return std::min(done / total, 1.0);
    }
    return groups.empty() ? 0 : parts / static_cast<double>(groups.size());
}

std::string progress_line(const std::vector<GroupBackup>& groups) {
    std::size_t over = 0;
    std::int64_t done = 0;
    std::int64_t total = 0;
    bool is_known = true;
    for (const auto& group : groups) {
        over += group.row.state == citus::BackupState::done ? 1U : 0U;
        done += group.row.bytes;
        total += std::max(group.row.bytes, group.row.total_bytes);
        is_known = is_known && (citus::is_over(group.row.state) || group.row.total_bytes > 0);
    }
    constexpr double kPercent = 100;
    return fmt::format("{} of {} groups, {}{}, {:.0f} %", over, groups.size(), size_text(done),
                       is_known ? " of " + size_text(total) : "",
                       progress_fraction(groups) * kPercent);
}

std::string end_text(const backup::Manifest& point, const std::vector<GroupBackup>& groups) {
    std::string text;
    if (!groups.empty()) {
        Table table{{"STANZA", "LABEL", "TYPE", "SIZE", "IN REPOSITORY", "DURATION"}};
        for (const auto& group : groups) {
            table.push_back(row_of(group.stanza, group.made));
        }
        const auto totals = backup::totals_of(groups);
        table.push_back({"total", "", "", size_text(totals.bytes),
                         size_text(totals.repository_bytes), seconds_text(totals.seconds)});
        text += table_text(table);
    }
    return text + fmt::format("restore point {}: {} {}, {}\n", point.name, point.groups.size(),
                              point.groups.size() == 1 ? "group" : "groups", utc_text(point.time));
}

std::string end_json(const backup::Manifest& point, const std::vector<GroupBackup>& groups) {
    Json backups = Json::array();
    for (const auto& group : groups) {
        Json one = json_of(group.made);
        one["stanza"] = group.stanza;
        one["group"] = group.group;
        one["node"] = group.node;
        backups.push_back(std::move(one));
    }
    return json_text(Json{{"point", json_of(point)}, {"backups", std::move(backups)}});
}

std::string listing_text(const BackupListing& listing) {
    Table points{{"RESTORE POINT", "TIME", "AGE", "GROUPS", "RESTORABLE"}};
    for (const auto& point : listing.points) {
        points.push_back(row_of(point, listing.now));
    }
    std::string text = points.size() == 1 ? "no restore points\n" : table_text(points);
    if (listing.points_left_out > 0) {
        text += fmt::format("and {} older ones: --all lists them\n", listing.points_left_out);
    }
    Table backups{
        {"STANZA", "LABEL", "TYPE", "SIZE", "IN REPOSITORY", "DURATION", "AGE", "ERRORS"}};
    for (const auto& stanza : listing.stanzas) {
        for (auto base = stanza.backups.rbegin(); base != stanza.backups.rend(); ++base) {
            auto row = row_of(stanza.name, *base);
            row.push_back(age_text(listing.now - base->stop));
            row.emplace_back(base->has_errors ? "damaged pages" : "");
            backups.push_back(std::move(row));
        }
    }
    return text + "\n" + (backups.size() == 1 ? "no base backups\n" : table_text(backups));
}

std::string listing_json(const BackupListing& listing) {
    Json points = Json::array();
    for (const auto& point : listing.points) {
        Json one{{"name", point.name},
                 {"restorable", point.problem.empty()},
                 {"problem", point.problem},
                 {"manifest", nullptr}};
        if (!point.manifest.name.empty()) {
            one["age_seconds"] = listing.now - point.manifest.time;
            one["manifest"] = json_of(point.manifest);
        }
        points.push_back(std::move(one));
    }
    Json stanzas = Json::array();
    for (const auto& stanza : listing.stanzas) {
        Json backups = Json::array();
        for (const auto& base : stanza.backups) {
            backups.push_back(json_of(base));
        }
        stanzas.push_back(
            {{"stanza", stanza.name}, {"status", stanza.message}, {"backups", std::move(backups)}});
    }
    return json_text(Json{{"points", std::move(points)},
                          {"points_left_out", listing.points_left_out},
                          {"stanzas", std::move(stanzas)}});
}

}  // namespace citus_init::cli
