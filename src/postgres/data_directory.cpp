#include "citus_init/postgres/data_directory.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/postgres/control_file.h"

namespace citus_init::postgres {

namespace {

bool holds_database(const Filesystem& files, const std::string& path) {
    const auto version = files.status(path + "/PG_VERSION");
    return version && version->size > 0;
}

Result<int> read_major(const Filesystem& files, const std::string& path) {
    const auto text = files.read(path + "/PG_VERSION", read_limit::kRecord);
    if (!text) {
        return fail(text.error());
    }
    int major = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), major);
    if (error != std::errc{} || major <= 0) {
        return fail(ExitCode::data_directory,
                    fmt::format("\"{}/PG_VERSION\" does not hold a version number, so this is no "
                                "usable data directory. Restore it from a backup.",
                                path));
    }
    return major;
}

std::optional<BootstrapMarker> read_marker(const Filesystem& files, const std::string& path) {
    const auto text =
        files.read(fmt::format("{}/{}", path, kBootstrapMarkerName), read_limit::kRecord);
    if (!text) {
        return std::nullopt;
    }
    auto marker = parse_bootstrap_marker(*text);
    return marker ? std::optional<BootstrapMarker>(std::move(*marker)) : std::nullopt;
}

// An initdb of ours is moved into place after the marker has got its identifier.
bool is_another_cluster(const Filesystem& files, const std::string& path,
                        const BootstrapMarker& marker) {
    const auto control = read_control_file(files, path);
    return control && marker.system_identifier &&
           control->system_identifier != *marker.system_identifier;
}

DataDirectoryContent classify_without_database(const std::vector<std::string>& names) {
    if (names.empty()) {
        return EmptyDirectory{};
    }
    // Killed while the very first marker was being written: nothing else was made yet.
    if (names.size() == 1 && names.front() == fmt::format("{}.tmp", kBootstrapMarkerName)) {
        return IncompleteCluster{true, BootstrapMarker{}};
    }
    const bool is_begun_record =
        names.size() == 1 && (names.front() == fmt::format("{}.tmp", kRestoreRecordName) ||
                              names.front() == fmt::format("{}.tmp", kUpgradeRecordName));
    if (is_begun_record) {
        return EmptyDirectory{};
    }
    const auto other = std::find_if(names.begin(), names.end(), [](const std::string& name) {
        return name.front() != '.' && name != "lost+found";
    });
    return other == names.end() ? ForeignContent{names.front(), true}
                                : ForeignContent{*other, false};
}

// One decision for each kind of content.
struct StartDecision {
    const std::string& path;
    const StartPolicy& policy;

    Result<StartAction> operator()(const AbsentDirectory& /*absent*/) const {
        return StartAction::initialise;
    }
    Result<StartAction> operator()(const EmptyDirectory& /*empty*/) const {
        return StartAction::initialise;
    }
    Result<StartAction> operator()(const Cluster& cluster) const;
    Result<StartAction> operator()(const IncompleteCluster& incomplete) const;
    Result<StartAction> operator()(const UnfinishedUpgrade& unfinished) const;
    Result<StartAction> operator()(const UnfinishedRestore& /*unfinished*/) const {
        return StartAction::restore;
    }
    Result<StartAction> operator()(const ForeignContent& content) const;
};

Result<StartAction> StartDecision::operator()(const Cluster& cluster) const {
    if (cluster.major == policy.server_major && cluster.has_upgrade_output) {
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{0}\" holds pg_upgrade_output.d: a pg_upgrade into it "
                        "failed, so it may be a new, empty cluster. Nothing was changed. Start the "
                        "old data directory with the old image, or run pg_upgrade again into an "
                        "empty one. If pg_upgrade succeeded (--retain), remove "
                        "\"{0}/pg_upgrade_output.d\".",
                        path));
    }
    if (cluster.major == policy.server_major) {
        return StartAction::start_existing;
    }
    const bool is_older = cluster.major < policy.server_major;
    if (is_older && policy.pg_upgrade) {
        return StartAction::upgrade;
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("data directory \"{0}\" was made by PostgreSQL {1}, but this server is "
                    "PostgreSQL {2}, which cannot read it. Nothing was changed. Go back to an "
                    "image with PostgreSQL {1}, or {3}",
                    path, cluster.major, policy.server_major,
                    is_older
                        ? fmt::format("set CITUS_PG_UPGRADE=true in an image that has the programs "
                                      "of {} and {}, which takes it over by pg_upgrade. Or load a "
                                      "dump of the old server into an empty directory.",
                                      cluster.major, policy.server_major)
                        : "load a dump of it into an empty directory: there is no pg_upgrade to an "
                          "older version."));
}

Result<StartAction> StartDecision::operator()(const UnfinishedUpgrade& unfinished) const {
    const UpgradeRecord& record = unfinished.record;
    // The old cluster is as it was: what was made beside it can go.
    const bool is_whole = record.phase == UpgradePhase::begun ||
                          (record.phase == UpgradePhase::upgraded && !record.linked);
    if (policy.server_major == record.to_major &&
        (policy.pg_upgrade || record.phase != UpgradePhase::begun)) {
        return StartAction::upgrade;
    }
    if (policy.server_major == record.from_major && is_whole) {
        return StartAction::abandon_upgrade;
    }
    return fail(ExitCode::data_directory,
                fmt::format("data directory \"{}\" is between PostgreSQL {} and {}: its upgrade "
                            "was cut off ({}), and this server is PostgreSQL {}. Nothing was "
                            "changed. Start the image that began it with CITUS_PG_UPGRADE=true, "
                            "which completes it{}.",
                            path, record.from_major, record.to_major,
                            upgrade_phase_name(record.phase), policy.server_major,
                            is_whole ? fmt::format("; or an image with PostgreSQL {}, which takes "
                                                   "the old cluster as it was",
                                                   record.from_major)
                                     : ""));
}

Result<StartAction> StartDecision::operator()(const IncompleteCluster& incomplete) const {
    if (incomplete.is_linked_away) {
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{0}\" has global/pg_control.old in place of "
                        "global/pg_control: pg_upgrade --link has given its files to a newer "
                        "cluster. Nothing was changed. Start that one, and keep this directory: "
                        "both share their files. Only if the newer server was never started, the "
                        "way back is to rename \"{0}/global/pg_control.old\" to pg_control.",
                        path));
    }
    if (!incomplete.ours) {
        return fail(ExitCode::data_directory,
                    fmt::format("data directory \"{}\" holds PG_VERSION but no global/pg_control: "
                                "an initdb that was not ours died in it, or files are missing. It "
                                "cannot be started, and nothing was changed. If it held data, "
                                "restore it from a backup; else move it away, or set PGDATA to "
                                "another directory, and start again.",
                                path));
    }
    if (incomplete.is_replaced) {
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{0}\" has the mark of a first start that did not finish "
                        "({1}), but the cluster in it is not the one that was being made then: it "
                        "was put there afterwards. Nothing was changed. To start it, remove "
                        "\"{0}/{1}\"; else move the cluster away.",
                        path, kBootstrapMarkerName));
    }
    // A marker that cannot be read may stand for any phase, so the careful answer is the last one.
    const auto phase = incomplete.marker ? incomplete.marker->phase : BootstrapPhase::init_scripts;
    if (phase != BootstrapPhase::init_scripts || policy.bootstrap_redo) {
        return StartAction::redo_bootstrap;
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("data directory \"{}\" is incomplete: the first start was cut off while "
                    "the scripts of /docker-entrypoint-initdb.d ran, so some of them have "
                    "run and some have not. Nothing was changed. Set "
                    "CITUS_BOOTSTRAP_REDO=true to erase it and start from scratch; what the "
                    "scripts have put into it is gone then. Else move it away.",
                    path));
}

Result<StartAction> StartDecision::operator()(const ForeignContent& content) const {
    return fail(ExitCode::data_directory,
                fmt::format("data directory \"{}\" is not empty (\"{}\" is in it) but holds no "
                            "PostgreSQL cluster, and initdb would refuse it. Nothing was changed. "
                            "{}",
                            path, content.example,
                            content.resembles_mount_point
                                ? "It looks like the root of a file system: set PGDATA to a "
                                  "directory below it."
                                : "Set PGDATA to another directory, or move away what is in it."));
}

// A "\ooo" of mountinfo at `position`, or the character itself.
char unescape_at(std::string_view field, std::size_t& position) {
    constexpr std::size_t kDigits = 3;
    if (field[position] == '\\' && position + kDigits < field.size()) {
        const char* first = field.data() + position + 1;
        unsigned value = 0;
        const auto [end, error] = std::from_chars(first, first + kDigits, value, 8);
        if (error == std::errc{} && end == first + kDigits) {
            position += kDigits;
            return static_cast<char>(value);
        }
    }
    return field[position];
}

}  // namespace

Result<DataDirectoryContent> inspect_data_directory(const Filesystem& files,
                                                    const std::string& path) {
    const auto status = files.status(path);
    if (!status) {
        if (status.error().code == ExitCode::permission) {
            return fail(status.error());
        }
        return AbsentDirectory{};
    }
    if (status->type != FileType::directory) {
        return fail(
            ExitCode::cannot_create,
            fmt::format("data directory \"{}\" is not a directory. Set PGDATA to one.", path));
    }
    const auto names = files.list(path);
    if (!names) {
        return fail(names.error());
    }
    if (std::find(names->begin(), names->end(), kBootstrapMarkerName) != names->end()) {
        auto marker = read_marker(files, path);
        const bool is_replaced = marker && is_another_cluster(files, path, *marker);
        return IncompleteCluster{true, std::move(marker), is_replaced};
    }
    auto upgrade = read_upgrade_record(files, path);
    if (!upgrade) {
        return fail(upgrade.error());
    }
    if (*upgrade) {
        return UnfinishedUpgrade{std::move(**upgrade)};
    }
    auto restore = read_restore_record(files, path);
    if (!restore) {
        return fail(restore.error());
    }
    if (*restore && (*restore)->lacks_files()) {
        return UnfinishedRestore{std::move(**restore)};
    }
    if (!holds_database(files, path)) {
        return classify_without_database(*names);
    }
    const auto major = read_major(files, path);
    if (!major) {
        return fail(major.error());
    }
    if (!files.exists(path + "/global/pg_control")) {
        IncompleteCluster incomplete;
        incomplete.is_linked_away = files.exists(path + "/global/pg_control.old");
        return incomplete;
    }
    return Cluster{*major, files.exists(path + "/pg_upgrade_output.d")};
}

Status refuse_foreign_content(const Filesystem& files, const std::string& path) {
    const auto names = files.list(path);
    const bool is_known = !names || std::any_of(names->begin(), names->end(), [](const auto& name) {
        return name == kBootstrapMarkerName || name == kUpgradeRecordName ||
               name == kRestoreRecordName || name == "PG_VERSION";
    });
    const auto content =
        is_known ? DataDirectoryContent(EmptyDirectory{}) : classify_without_database(*names);
    return decide_start(content, path, {}).map([](StartAction /*unused*/) {});
}

Result<StartAction> decide_start(const DataDirectoryContent& content, const std::string& path,
                                 const StartPolicy& policy) {
    return std::visit(StartDecision{path, policy}, content);
}

namespace {

constexpr const char* kImageRoot = "/var/lib/postgresql";

// Where the official images had their data, whatever the major version.
std::vector<std::string> older_places(const Filesystem& files) {
    const std::string root = kImageRoot;
    std::vector<std::string> places{root, root + "/data"};
    if (const auto names = files.list(root)) {
        for (const auto& name : *names) {
            places.push_back(fmt::format("{}/{}/docker", root, name));
        }
    }
    return places;
}

}  // namespace

std::vector<OlderCluster> older_clusters(const Filesystem& files, const std::string& path,
                                         int server_major) {
    std::vector<OlderCluster> found;
    if (path != fmt::format("{}/{}/docker", kImageRoot, server_major)) {
        return found;
    }
    for (const auto& place : older_places(files)) {
        const auto content = inspect_data_directory(files, place);
        const auto* cluster = content ? std::get_if<Cluster>(&*content) : nullptr;
        if (place != path && cluster != nullptr && cluster->major < server_major) {
            found.push_back({place, cluster->major});
        }
    }
    return found;
}

Status check_older_layouts(const Filesystem& files, const std::string& path, int server_major,
                           std::string_view mountinfo) {
    const std::string root = kImageRoot;
    constexpr int kFirstVersionedMajor = 18;
    if (path != fmt::format("{}/{}/docker", root, server_major)) {
        return {};
    }
    const auto candidates = older_places(files);
    std::vector<std::string> found;
    std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found),
                 [&](const std::string& place) { return holds_database(files, place); });
    const auto mounts = mount_points(mountinfo);
    if (found.empty() && server_major >= kFirstVersionedMajor &&
        std::find(mounts.begin(), mounts.end(), root + "/data") != mounts.end()) {
        found.push_back(root + "/data (unused mount/volume)");
    }
    if (found.empty()) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        fmt::format(
            "since 18 these images keep their data in a directory named for the major version "
            "(PGDATA is \"{}\"), and it is empty, but there is PostgreSQL data, or a volume for "
            "it, "
            "in the older place:\n{}\n"
            "Starting would make a new, empty database beside it, so nothing was changed.\n"
            "This is usually an image that was upgraded without upgrading the database: "
            "CITUS_PG_UPGRADE=true does that, in an image that has the programs of both versions; "
            "or a dump and a restore.\n"
            "Mount one volume at {} (not at {}/data), so that pg_upgrade --link can work within "
            "it; "
            "or set PGDATA to the place where the data is.",
            path, join(found, "\n"), root, root));
}

std::vector<std::string> mount_points(std::string_view mountinfo) {
    constexpr std::size_t kMountPointField = 4;
    std::vector<std::string> points;
    for (const auto& line : split(mountinfo, '\n')) {
        const auto fields = split(line, ' ');
        if (fields.size() <= kMountPointField) {
            continue;
        }
        const auto& field = fields[kMountPointField];
        std::string point;
        for (std::size_t i = 0; i < field.size(); ++i) {
            point += unescape_at(field, i);
        }
        points.push_back(std::move(point));
    }
    return points;
}

}  // namespace citus_init::postgres
