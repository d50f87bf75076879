#include "citus_init/postgres/adopted_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

namespace citus_init::postgres {

namespace {

constexpr const char* kClusterMark = "PG_VERSION";

Status rename_entry(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return fail(errno_error(fmt::format(R"(cannot rename "{}" to "{}")", from, to), errno));
    }
    return {};
}

Status sync_directory(const std::string& path, Durability durability) {
    return durability == Durability::synced ? fsync_directory(path) : Status();
}

}  // namespace

Status adopt_directory(const std::string& data_directory, std::string_view name,
                       Durability durability) {
    const std::string made = fmt::format("{}/{}", data_directory, name);
    struct stat info {};
    if (::stat(made.c_str(), &info) != 0) {
        return errno == ENOENT
                   ? Status()
                   : Status(fail(errno_error(fmt::format("cannot read \"{}\"", made), errno)));
    }
    if (::chmod(data_directory.c_str(), info.st_mode & 0777U) != 0) {
        return fail(errno_error(fmt::format("cannot chmod \"{}\"", data_directory), errno));
    }
    const auto names = RealFilesystem().list(made);
    if (!names) {
        return fail(names.error());
    }
    const auto move_up = [&](const std::string& entry) {
        return rename_entry(fmt::format("{}/{}", made, entry),
                            fmt::format("{}/{}", data_directory, entry));
    };
    for (const auto& entry : *names) {
        if (entry != kClusterMark) {
            CITUS_INIT_TRY(move_up(entry));
        }
    }
    CITUS_INIT_TRY(sync_directory(data_directory, durability));
    if (std::find(names->begin(), names->end(), kClusterMark) != names->end()) {
        CITUS_INIT_TRY(move_up(kClusterMark));
    }
    if (::rmdir(made.c_str()) != 0) {
        return fail(errno_error(fmt::format("cannot remove \"{}\"", made), errno));
    }
    return sync_directory(data_directory, durability);
}

Status set_aside_cluster(const std::string& data_directory, std::string_view name,
                         std::string_view kept) {
    const std::string aside = fmt::format("{}/{}", data_directory, name);
    CITUS_INIT_TRY(make_private_directory(aside));
    auto names = RealFilesystem().list(data_directory);
    if (!names) {
        return fail(names.error());
    }
    std::erase_if(*names, [&](const auto& entry) { return entry == name || entry == kept; });
    std::stable_partition(names->begin(), names->end(),
                          [](const auto& entry) { return entry == kClusterMark; });
    for (const auto& entry : *names) {
        CITUS_INIT_TRY(rename_entry(fmt::format("{}/{}", data_directory, entry),
                                    fmt::format("{}/{}", aside, entry)));
        if (entry == kClusterMark) {
            CITUS_INIT_TRY(fsync_directory(data_directory));
        }
    }
    CITUS_INIT_TRY(fsync_directory(aside));
    return fsync_directory(data_directory);
}

}  // namespace citus_init::postgres
