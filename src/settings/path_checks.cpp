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
    constexpr std::array kExactly{"/",        "/bin",       "/boot",      "/dev",      "/dev/shm",
                                  "/etc",     "/home",      "/lib",       "/lib64",    "/root",
                                  "/run",     "/sbin",      "/tmp",       "/usr",      "/usr/bin",
                                  "/usr/lib", "/usr/lib64", "/usr/local", "/usr/sbin", "/usr/share",
                                  "/var",     "/var/lib",   "/var/log",   "/var/run",  "/var/tmp"};
    if (std::find(kExactly.begin(), kExactly.end(), path) != kExactly.end()) {
        return true;
    }
    // Both are in their normal form.
    const auto is_below = [&](std::string_view directory) {
        return path.starts_with(directory) &&
               (path.size() == directory.size() || path[directory.size()] == '/');
    };
    return is_below("/proc") || is_below("/sys") || (is_below("/dev") && !is_below("/dev/shm"));
}

// A directory of the settings in its normal form, and where symbolic links lead.
struct Location {
    std::string text;  // "" = not set, or its value is wrong already
    std::string target;

    bool empty() const { return text.empty(); }
    bool is_of_the_system() const {
        return settings::is_of_the_system(text) || settings::is_of_the_system(target);
    }
    bool is_within(const Location& other) const {
        return citus_init::is_within(text, other.text) ||
               citus_init::is_within(target, other.target);
    }
};

class PathChecker {
  public:
    PathChecker(const Filesystem& files, Findings& findings) : files_(files), findings_(findings) {}

    Location known(const char* variable, const std::string& path) const {
        if (path.empty() || findings_.failed.contains(variable)) {
            return {};
        }
        return {normal(path), normal(files_.resolve(path))};
    }

    void refuse_file(const char* variable, const Location& path) {
        const auto status = files_.status(path.text);
        if (!path.empty() && status && status->type != FileType::directory) {
            problem(variable, path, "is not a directory",
                    "Set it to a directory, or to a path that does not exist yet");
        }
    }

    void refuse_system(const char* variable, const Location& path) {
        if (!path.empty() && path.is_of_the_system()) {
            problem(variable, path,
                    "is a directory of the system, and would be given to the server's user",
                    "Choose one for PostgreSQL alone, for instance /var/lib/postgresql/data");
        }
    }

    void problem(const char* variable, const Location& path, std::string reason, std::string fix) {
        if (path.text != path.target) {
            reason += fmt::format(" (it leads to \"{}\" by a symbolic link)", shown(path.target));
        }
        findings_.problems.push_back(
            make_problem(variable, path.text, {std::move(reason), std::move(fix)}));
    }

  private:
    const Filesystem& files_;
    Findings& findings_;
};

}  // namespace

void check_paths(const Settings& settings, const Filesystem& files, Findings& findings) {
    PathChecker checker(files, findings);
    const Location data = checker.known("PGDATA", settings.postgres.data_directory);
    const Location wal = checker.known("POSTGRES_INITDB_WALDIR", settings.postgres.initdb_waldir);
    const Location run = checker.known("CITUS_RUN_DIR", settings.supervisor.run_directory);
    for (const auto& [variable, path] :
         {std::pair{"PGDATA", data}, {"POSTGRES_INITDB_WALDIR", wal}, {"CITUS_RUN_DIR", run}}) {
        checker.refuse_file(variable, path);
    }
    checker.refuse_system("PGDATA", data);
    checker.refuse_system("POSTGRES_INITDB_WALDIR", wal);
    if (settings.patroni) {
        const Location patroni = checker.known("CITUS_PATRONI_DIR", settings.patroni->directory);
        checker.refuse_file("CITUS_PATRONI_DIR", patroni);
        checker.refuse_system("CITUS_PATRONI_DIR", patroni);
    }
    if (data.empty() || data.is_of_the_system()) {
        return;
    }
    if (!run.empty() && run.is_within(data)) {
        checker.problem(
            "CITUS_RUN_DIR", run,
            fmt::format("is {} the data directory \"{}\", which initdb wants empty and "
                        "base backups copy",
                        data.is_within(run) ? "the same as" : "within", shown(data.text)),
            "Choose a directory outside of it, in memory if possible");
    }
    if (!run.empty() && data.is_within({run.text + "/citus_init", run.target + "/citus_init"})) {
        checker.problem("PGDATA", data,
                        "is where the node's key and certificate are kept (CITUS_RUN_DIR)",
                        "Choose another directory");
    }
    if (!wal.empty() && (wal.is_within(data) || data.is_within(wal))) {
        checker.problem("POSTGRES_INITDB_WALDIR", wal,
                        fmt::format("and the data directory \"{}\" lie within each other, and "
                                    "initdb wants both empty",
                                    shown(data.text)),
                        "Choose a directory outside of it, or leave it unset");
    }
}

}  // namespace citus_init::settings
