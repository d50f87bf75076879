#include "citus_init/postgres/tablespaces.h"

#include <filesystem>
#include <system_error>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/directories.h"

namespace citus_init::postgres {

std::vector<std::string> tablespaces_of(const std::string& data_directory) {
    const std::string links = data_directory + "/pg_tblspc";
    std::vector<std::string> found;
    for (const auto& name : RealFilesystem().list(links).value_or(std::vector<std::string>())) {
        std::error_code none;
        const auto target = std::filesystem::read_symlink(fmt::format("{}/{}", links, name), none);
        if (!none) {
            found.push_back(target.string());
        }
    }
    return found;
}

std::vector<std::string> tablespace_versions(const std::vector<std::string>& tablespaces,
                                             int major) {
    std::vector<std::string> found;
    for (const auto& tablespace : tablespaces) {
        const auto names = RealFilesystem().list(tablespace);
        for (const auto& name : names.value_or(std::vector<std::string>())) {
            if (name.starts_with(fmt::format("PG_{}_", major))) {
                found.push_back(fmt::format("{}/{}", tablespace, name));
            }
        }
    }
    return found;
}

Status remove_tablespace_versions(const std::string& data_directory, int major) {
    for (const auto& path : tablespace_versions(tablespaces_of(data_directory), major)) {
        CITUS_INIT_TRY(remove_tree(path));
    }
    return {};
}

}  // namespace citus_init::postgres
