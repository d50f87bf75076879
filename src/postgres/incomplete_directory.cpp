#include <filesystem>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/creation_record.h"
#include "citus_init/postgres/directories.h"

namespace citus_init::postgres {

namespace {

// Both make the link once they have seen that it leads to an empty directory.
bool has_its_wal_in(const std::string& data_directory, const std::string& wal_directory) {
    const std::string link = data_directory + "/pg_wal";
    std::error_code error;
    return !wal_directory.empty() && std::filesystem::is_symlink(link, error) &&
           RealFilesystem().resolve(link) == RealFilesystem().resolve(wal_directory);
}

Status remove_wal(const std::string& wal_directory) {
    const auto names = RealFilesystem().list(wal_directory);
    for (const auto& name : names.value_or(std::vector<std::string>{})) {
        if (is_wal_entry(name)) {
            CITUS_INIT_TRY(remove_tree(fmt::format("{}/{}", wal_directory, name)));
        }
    }
    return {};
}

// Somebody may have put it into the data directory by hand.
bool is_whole_copy(const std::string& directory) {
    const RealFilesystem files;
    return files.exists(directory + "/global/pg_control") &&
           inspect_creation(files, directory, CreationRecord{}) == CreationState::interrupted_copy;
}

Status move_directory(const std::string& from, const std::string& to) {
    std::error_code error;
    std::filesystem::rename(from, to, error);
    if (!error) {
        return {};
    }
    return fail(ExitCode::data_directory,
                fmt::format("\"{}\" is incomplete (it has no whole cluster) and cannot be moved "
                            "to \"{}\": {}. Move it away.",
                            from, to, error.message()));
}

}  // namespace

Status check_creation_without_patroni(const std::string& data_directory) {
    const RealFilesystem files;
    const auto record = read_creation_record(files, data_directory);
    if (!record) {
        return fail(record.error());
    }
    if (!*record) {
        return {};
    }
    const auto state = inspect_creation(files, data_directory, *record);
    if (state == CreationState::nothing || state == CreationState::complete) {
        return remove_creation_record(data_directory);
    }
    return fail(ExitCode::data_directory,
                fmt::format("data directory \"{0}\" is incomplete: Patroni was making it, and was "
                            "cut off. Nothing was changed. Start it with CITUS_HA=patroni, which "
                            "begins anew; or move it and \"{1}\" away. If it is another cluster, "
                            "put there since, remove \"{1}\".",
                            data_directory, creation_record_path(data_directory)));
}

Result<std::string> set_incomplete_aside(const std::string& data_directory,
                                         const std::string& wal_directory, CreationState state) {
    const bool keeps = state == CreationState::damaged;
    const std::string suffix = keeps ? ".damaged." + utc_now() : ".failed";
    if (has_its_wal_in(data_directory, wal_directory)) {
        CITUS_INIT_TRY(keeps ? move_directory(wal_directory, wal_directory + suffix)
                             : remove_wal(wal_directory));
    }
    const std::string aside = data_directory + suffix;
    if (is_whole_copy(aside)) {
        CITUS_INIT_TRY(move_directory(aside, data_directory + ".damaged." + utc_now()));
    }
    CITUS_INIT_TRY(remove_tree(aside));
    CITUS_INIT_TRY(move_directory(data_directory, aside));
    log::warning(R"("{}" was incomplete, {}: moved to "{}"{})", data_directory,
                 keeps ? "without pg_control, and no record says that it was being made"
                       : "since what made it was cut off",
                 aside, keeps ? ". Nothing removes it" : "");
    return aside;
}

}  // namespace citus_init::postgres
