#include "settings/path_checks.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/path.h"

namespace citus_init::settings {

namespace {

// Without "." and "..", doubled slashes and the one at the end.
std::string normal(const std::string& path) {
    std::string text = std::filesystem::path(path).lexically_normal().string();
    text.erase(0, std::min(text.find_first_not_of('/'), text.size()));
    while (!text.empty() && text.back() == '/') {
        text.pop_back();
    }
    return "/" + text;
}

// As the Filesystem Hierarchy Standard has them, and what the kernel mounts. /mnt, /opt, /srv and
// /media may well be volumes.
bool is_of_the_system(const std::string& path) {
    constexpr std::array<std::string_view, 19> kExactly{
        "/",    "/bin",     "/boot",    "/dev",     "/dev/shm", "/etc", "/home",
        "/lib", "/lib64",   "/root",    "/run",     "/sbin",    "/tmp", "/usr",
        "/var", "/var/lib", "/var/log", "/var/run", "/var/tmp"};
    if (std::find(kExactly.begin(), kExactly.end(), path) != kExactly.end()) {
        return true;
    }
    const bool is_memory = is_within(path, "/dev/shm");
    return is_within(path, "/proc") || is_within(path, "/sys") ||
           (is_within(path, "/dev") && !is_memory);
}

class PathChecker {
  public:
    PathChecker(const Filesystem& files, Findings& findings) : files_(files), findings_(findings) {}

    // The normal form; "" where it is not set or its value is wrong already.
    std::string known(const char* variable, const std::string& path) const {
        return path.empty() || findings_.failed.contains(variable) ? "" : normal(path);
    }

    void refuse_file(const char* variable, const std::string& path) {
        const auto status = files_.status(path);
        if (!path.empty() && status && status->type != FileType::directory) {
            problem(variable, path, "is not a directory",
                    "Set it to a directory, or to a path that does not exist yet");
        }
    }

    void refuse_system(const char* variable, const std::string& path) {
        if (!path.empty() && is_of_the_system(path)) {
            problem(variable, path,
                    "is a directory of the system, and would be given to the server's user",
                    "Choose one for PostgreSQL alone, for instance /var/lib/postgresql/data");
        }
    }

    void problem(const char* variable, const std::string& value, std::string reason,
                 std::string fix) {
        findings_.problems.push_back(
            make_problem(variable, value, {std::move(reason), std::move(fix)}));
    }

  private:
    const Filesystem& files_;
    Findings& findings_;
};

}  // namespace

void check_paths(const Settings& settings, const Filesystem& files, Findings& findings) {
    PathChecker checker(files, findings);
    const std::string data = checker.known("PGDATA", settings.postgres.data_directory);
    const std::string wal =
        checker.known("POSTGRES_INITDB_WALDIR", settings.postgres.initdb_waldir);
    const std::string run = checker.known("CITUS_RUN_DIR", settings.supervisor.run_directory);
    for (const auto& [variable, path] :
         {std::pair{"PGDATA", data}, {"POSTGRES_INITDB_WALDIR", wal}, {"CITUS_RUN_DIR", run}}) {
        checker.refuse_file(variable, path);
    }
    checker.refuse_system("PGDATA", data);
    checker.refuse_system("POSTGRES_INITDB_WALDIR", wal);
    if (settings.patroni) {
        const std::string patroni = checker.known("CITUS_PATRONI_DIR", settings.patroni->directory);
        checker.refuse_file("CITUS_PATRONI_DIR", patroni);
        checker.refuse_system("CITUS_PATRONI_DIR", patroni);
    }
    if (data.empty() || is_of_the_system(data)) {
        return;
    }
    if (!run.empty() && is_within(run, data)) {
        checker.problem("CITUS_RUN_DIR", run,
                        fmt::format("is {} the data directory \"{}\", which initdb wants empty and "
                                    "base backups copy",
                                    run == data ? "the same as" : "within", shown(data)),
                        "Choose a directory outside of it, in memory if possible");
    }
    if (!run.empty() && is_within(data, run + "/citus_init")) {
        checker.problem("PGDATA", data,
                        "is where the node's key and certificate are kept (CITUS_RUN_DIR)",
                        "Choose another directory");
    }
    if (!wal.empty() && (is_within(wal, data) || is_within(data, wal))) {
        checker.problem("POSTGRES_INITDB_WALDIR", wal,
                        fmt::format("and the data directory \"{}\" lie within each other, and "
                                    "initdb wants both empty",
                                    shown(data)),
                        "Choose a directory outside of it, or leave it unset");
    }
}

}  // namespace citus_init::settings
