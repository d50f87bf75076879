#include "citus_init/backup/repository.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/backup/failure.h"
#include "citus_init/backup/point_name.h"
#include "citus_init/backup/restorable.h"
#include "citus_init/backup/stanza.h"
#include "citus_init/backup/wal_range.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/parallel.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

// pgBackRest tries several times for its io-timeout, and says then why it gives up.
constexpr std::chrono::seconds kLongestRun{90};
constexpr const char* kShortIoTimeout = "--io-timeout=5";
constexpr std::string_view kSuffix = ".json";
constexpr std::int64_t kLargestClockSkew = 3600;  // of the coordinator and of the repository

void sort_newest_first(StoredPoints& points) {
    std::sort(points.begin(), points.end(), [](const auto& one, const auto& other) {
        return std::pair(other.time, other.name) < std::pair(one.time, one.name);
    });
}

}  // namespace

std::string text_of(const std::vector<MissingWal>& missing) {
    std::vector<std::string> texts;
    texts.reserve(missing.size());
    for (const auto& group : missing) {
        texts.push_back(group.text);
    }
    return join(texts, "; ");
}

Repository::Repository(Runner& runner, settings::BackupSettings settings, std::string configuration,
                       std::stop_token stop)
    : runner_(runner),
      settings_(std::move(settings)),
      configuration_(std::move(configuration)),
      stop_(std::move(stop)) {}

Result<std::string> Repository::output_of(const Command& command, const std::string& what) {
    auto run = runner_.run(command, kLongestRun, stop_);
    if (!run) {
        return fail(run.error().code, fmt::format("cannot {}: {}", what, run.error().message));
    }
    if (!run->succeeded()) {
        const auto failure = failure_of(
            *run, {stanza_name(settings_, 0), settings_.repository.text(), configuration_});
        return fail(ExitCode::unavailable, fmt::format("cannot {}: {}", what, text_of(failure)));
    }
    if (run->is_cut) {
        return fail(ExitCode::software,
                    fmt::format("cannot {}: pgBackRest printed more than {} of it", what,
                                size_text(run->output.size())));
    }
    return std::move(run->output);
}

Result<std::vector<StanzaInfo>> Repository::stanzas() {
    const auto output = output_of({{kShortIoTimeout, "--output=json", "info"}},
                                  "list the base backups in " + settings_.repository.text());
    if (!output) {
        return fail(output.error());
    }
    auto all = parse_repository_info(*output);
    if (!all) {
        return fail(all.error());
    }
    std::vector<std::pair<int, StanzaInfo>> own;
    for (auto& stanza : *all) {
        if (const auto group = group_of_stanza(settings_, stanza.name)) {
            own.emplace_back(*group, std::move(stanza));
        }
    }
    // pgBackRest takes a directory that is not there for an empty one.
    if (own.empty()) {
        return fail(ExitCode::unavailable,
                    fmt::format("{} has no stanza of {}: nothing was archived there yet, or it is "
                                "not there (is its volume mounted?)",
                                settings_.repository.text(), settings_.name));
    }
    if (std::all_of(own.begin(), own.end(),
                    [](const auto& stanza) { return stanza.second.is_unreadable(); })) {
        return fail(unreadable(own.front().second));
    }
    std::sort(own.begin(), own.end(),
              [](const auto& one, const auto& other) { return one.first < other.first; });
    std::vector<StanzaInfo> stanzas;
    stanzas.reserve(own.size());
    for (auto& [group, stanza] : own) {
        stanzas.push_back(std::move(stanza));
    }
    return stanzas;
}

Result<std::vector<StanzaInfo>> Repository::stanzas(const std::vector<int>& groups) {
    auto all = stanzas();
    if (!all) {
        return all;
    }
    for (const int group : groups) {
        const StanzaInfo* stanza = find_stanza(*all, stanza_name(settings_, group));
        if (stanza != nullptr && stanza->is_unreadable()) {
            return fail(unreadable(*stanza));
        }
    }
    return all;
}

Error Repository::unreadable(const StanzaInfo& stanza) const {
    const auto failure =
        read_failure(stanza.message, {stanza.name, settings_.repository.text(), configuration_});
    return {ExitCode::unavailable, fmt::format("cannot list the base backups in {}: {}",
                                               settings_.repository.text(), text_of(failure))};
}

Result<StoredPoints> Repository::points() {
    const auto output = output_of({{kShortIoTimeout, "--output=json", "repo-ls", path_of("")}},
                                  "list the restore points in " + settings_.repository.text());
    if (!output) {
        return fail(output.error());
    }
    StoredPoints points;
    const auto files = nlohmann::json::parse(*output, nullptr, false);
    if (!files.is_object()) {
        return fail(ExitCode::software,
                    fmt::format("cannot list the restore points in {}: the output of `pgbackrest "
                                "repo-ls` is no list of files",
                                settings_.repository.text()));
    }
    for (const auto& [file, facts] : files.items()) {
        if (file.ends_with(kSuffix)) {
            points.push_back({file.substr(0, file.size() - kSuffix.size()),
                              number_at(facts, "time").value_or(0)});
        }
    }
    sort_newest_first(points);
    correct_times(points);
    for (auto begin = points.begin(); begin != points.end();) {
        const auto end = std::find_if(begin, points.end(),
                                      [&](const auto& point) { return point.time != begin->time; });
        order_by_wal(begin, end);
        begin = end;
    }
    return points;
}

// None: the manifest cannot be read.
std::optional<std::int64_t> Repository::time_made(const std::string& point) {
    if (const auto time = default_point_time(settings_.name, point)) {
        return time;
    }
    const auto manifest = read_point(point);
    return manifest ? std::optional(manifest->time) : std::nullopt;
}

void Repository::correct_times(StoredPoints& points) {
    for (const auto& point : points) {
        if (const auto time = time_made(point.name)) {
            if (std::abs(*time - point.time) <= kLargestClockSkew) {
                return;
            }
            break;
        }
    }
    for (auto& point : points) {
        point.time = time_made(point.name).value_or(point.time);
    }
    sort_newest_first(points);
}

void Repository::order_by_wal(StoredPoints::iterator begin, StoredPoints::iterator end) {
    if (end - begin < 2) {
        return;
    }
    std::map<std::string, std::string> last_segment;  // "" where the manifest cannot be read
    for (auto point = begin; point != end; ++point) {
        const auto manifest = read_point(point->name);
        last_segment[point->name] =
            manifest && !manifest->groups.empty() ? manifest->groups.front().wal_file : "";
    }
    std::stable_sort(begin, end, [&](const auto& one, const auto& other) {
        return last_segment[other.name] < last_segment[one.name];
    });
}

Result<Manifest> Repository::read_point(const std::string& name) {
    const auto output =
        output_of({{kShortIoTimeout, "repo-get", path_of(name)}}, "read the restore point " + name);
    if (!output) {
        return fail(output.error());
    }
    auto manifest = parse_manifest(*output);
    if (!manifest) {
        return fail(manifest.error().code, fmt::format("cannot use the restore point {}: {}", name,
                                                       manifest.error().message));
    }
    return manifest;
}

Result<std::vector<MissingWal>> Repository::missing_wal(const Manifest& point,
                                                        const std::vector<StanzaInfo>& stanzas) {
    constexpr std::size_t kThreads = 8;
    std::vector<Result<std::optional<MissingWal>>> found(point.groups.size());
    in_parallel(found.size(), kThreads, [&](std::size_t i) {
        const StanzaInfo* stanza = find_stanza(stanzas, point.groups[i].stanza);
        if (stanza != nullptr) {
            found[i] = missing_wal(point.groups[i], *stanza);
        }
    });
    std::vector<MissingWal> missing;
    for (auto& group : found) {
        if (!group) {
            return fail(group.error());
        }
        if (*group) {
            missing.push_back(*std::move(*group));
        }
    }
    return missing;
}

Result<std::optional<MissingWal>> Repository::missing_wal(const PointGroup& group,
                                                          const StanzaInfo& stanza) {
    const BaseBackup* base = base_backup_for(group, stanza);
    const auto first = base == nullptr ? std::nullopt : wal_segment_of(base->wal_start);
    const auto last = wal_segment_of(group.wal_file);
    if (!first || !last) {
        return std::nullopt;
    }
    const auto& database = stanza.databases.back();
    const WalRange range{*first, *last};
    std::vector<std::string> files;
    for (const auto& directory : wal_directories(range)) {
        const auto output = output_of(
            {{kShortIoTimeout, "repo-ls",
              fmt::format("archive/{}/{}-{}/{}", group.stanza, database.version, database.id,
                          directory)}},
            fmt::format("list the WAL of {} in {}", group.stanza, settings_.repository.text()));
        if (!output) {
            return fail(output.error());
        }
        for (auto& file : split(*output, '\n')) {
            files.push_back(std::move(file));
        }
    }
    const auto missing = first_missing_segment(range, files);
    if (!missing) {
        return std::nullopt;
    }
    return MissingWal{group.group, base->label,
                      fmt::format("WAL of {} is missing between {} and {}: {}", group.stanza,
                                  base->wal_start, group.wal_file, *missing)};
}

Status Repository::write_point(const Manifest& manifest) {
    const auto written = output_of(
        {{kShortIoTimeout, "repo-put", path_of(manifest.name)}, render_manifest(manifest)},
        fmt::format("write the restore point {} to {}", manifest.name,
                    settings_.repository.text()));
    if (!written) {
        return fail(written.error());
    }
    const auto there = read_point(manifest.name);
    if (!there) {
        return fail(there.error());
    }
    return *there == manifest
               ? Status()
               : fail(ExitCode::software,
                      fmt::format("the restore point {} reads otherwise than it was written",
                                  manifest.name));
}

Status Repository::remove_point(const std::string& name) {
    const auto removed = output_of({{kShortIoTimeout, "repo-rm", path_of(name)}},
                                   "remove the restore point " + name);
    return removed ? Status() : fail(removed.error());
}

std::string Repository::path_of(const std::string& point) const {
    const std::string directory = fmt::format("citus-init/{}/points", settings_.name);
    return point.empty() ? directory : fmt::format("{}/{}{}", directory, point, kSuffix);
}

}  // namespace citus_init::backup
