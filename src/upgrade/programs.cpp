#include "upgrade/programs.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::upgrade {

namespace {

bool is_program(const Filesystem& files, const std::string& path) {
    const auto status = files.status(path);
    return status && status->type == FileType::regular && (status->mode & 0111U) != 0;
}

std::vector<std::string> missing(const Filesystem& files, const std::string& directory,
                                 std::initializer_list<const char*> names) {
    std::vector<std::string> found;
    for (const char* name : names) {
        if (!is_program(files, fmt::format("{}/{}", directory, name))) {
            found.emplace_back(name);
        }
    }
    return found;
}

// "/usr/lib/postgresql/17/bin" to "/usr/lib/postgresql/15/bin", "/usr/pgsql-17/bin" likewise.
std::string with_version(std::string path, int from, int to) {
    const std::string number = std::to_string(from);
    const auto at = path.rfind(number);
    const bool is_number = at != std::string::npos &&
                           (at + number.size() == path.size() || path[at + number.size()] == '/') &&
                           at > 0 && (path[at - 1] == '/' || path[at - 1] == '-');
    return is_number ? path.replace(at, number.size(), std::to_string(to)) : std::string();
}

}  // namespace

Result<std::string> find_old_programs(const Filesystem& files, const std::string& wanted,
                                      const std::string& new_bin_directory, int old_major,
                                      int new_major) {
    std::vector<std::string> places;
    if (!wanted.empty()) {
        places.push_back(wanted);
    } else {
        if (auto beside = with_version(new_bin_directory, new_major, old_major); !beside.empty()) {
            places.push_back(std::move(beside));
        }
        places.push_back(fmt::format("/usr/lib/postgresql/{}/bin", old_major));
        places.push_back(fmt::format("/usr/local/postgresql-{}/bin", old_major));
    }
    const auto found = std::find_if(places.begin(), places.end(), [&](const std::string& place) {
        return is_program(files, place + "/postgres");
    });
    if (found != places.end()) {
        return *found;
    }
    return fail(ExitCode::config,
                fmt::format("CITUS_PG_UPGRADE: the programs of PostgreSQL {0} are not in {1}, and "
                            "pg_upgrade needs them beside those of {2}. Nothing was changed. Use "
                            "an image that has both (docker/Dockerfile.upgrade, --build-arg "
                            "FROM_MAJOR={0}), or set CITUS_PG_UPGRADE_OLD_BINDIR.",
                            old_major, join(places, " or "), new_major));
}

std::vector<std::string> missing_old_programs(const Filesystem& files,
                                              const std::string& directory) {
    return missing(files, directory, {"postgres", "pg_ctl", "pg_controldata", "pg_resetwal"});
}

std::vector<std::string> missing_new_programs(const Filesystem& files,
                                              const std::string& directory) {
    return missing(files, directory,
                   {"postgres", "pg_ctl", "pg_controldata", "pg_resetwal", "initdb", "pg_dump",
                    "pg_dumpall", "pg_restore", "psql", "vacuumdb", "pg_upgrade", "pg_checksums"});
}

std::string preloadable(const Filesystem& files, const std::string& bin_directory,
                        const std::string& libraries) {
    constexpr std::array kPlaces{"/../lib", "/../lib/postgresql"};
    std::vector<std::string> kept;
    for (const auto& part : split(libraries, ',')) {
        std::string name(trim(part));
        constexpr std::string_view kLibdir = "$libdir/";
        if (name.starts_with(kLibdir)) {
            name.erase(0, kLibdir.size());
        }
        const bool is_there =
            name.find('/') != std::string::npos ||
            std::any_of(kPlaces.begin(), kPlaces.end(), [&](const char* place) {
                return files.exists(fmt::format("{}{}/{}.so", bin_directory, place, name));
            });
        if (!name.empty() && is_there) {
            kept.push_back(name);
        }
    }
    return join(kept, ",");
}

}  // namespace citus_init::upgrade
