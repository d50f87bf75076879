#include "citus_init/postgres/installation.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::postgres {

namespace {

constexpr std::string_view kDebianRoot = "/usr/lib/postgresql";

bool is_executable(const Filesystem& files, const std::string& path) {
    const auto status = files.status(path);
    return status && status->type == FileType::regular && (status->mode & 0111U) != 0;
}

bool holds_server(const Filesystem& files, const std::string& directory) {
    return is_executable(files, directory + "/postgres") &&
           is_executable(files, directory + "/initdb");
}

// Newest first; names that are no version number are no installation.
std::vector<std::string> debian_directories(const Filesystem& files) {
    std::vector<long long> majors;
    if (const auto names = files.list(std::string(kDebianRoot))) {
        for (const auto& name : *names) {
            if (const auto major = parse_integer(name, 1, 999)) {
                majors.push_back(*major);
            }
        }
    }
    std::sort(majors.rbegin(), majors.rend());
    std::vector<std::string> directories;
    directories.reserve(majors.size());
    for (const auto major : majors) {
        directories.push_back(fmt::format("{}/{}/bin", kDebianRoot, major));
    }
    return directories;
}

}  // namespace

std::optional<ServerVersion> parse_server_version(std::string_view output) {
    constexpr std::string_view kBefore = "(PostgreSQL) ";
    const auto start = output.find(kBefore);
    if (start == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view text = output.substr(start + kBefore.size());
    text = text.substr(0, text.find_first_of(" \n"));
    int major = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), major);
    if (error != std::errc{} || major <= 0) {
        return std::nullopt;
    }
    return ServerVersion{major, std::string(text)};
}

Status check_major(int major) {
    if (major >= kOldestMajor) {
        return {};
    }
    return fail(ExitCode::config,
                fmt::format("PostgreSQL {} is too old: citus-init runs {} to {}. Use an image with "
                            "one of these; pg_upgrade takes a data directory over.",
                            major, kOldestMajor, kNewestMajor));
}

std::string newer_major(int major) {
    return major <= kNewestMajor
               ? ""
               : fmt::format(
                     "PostgreSQL {} is newer than this citus-init, which was tested with "
                     "{} to {}. Use a newer citus-init where there is one.",
                     major, kOldestMajor, kNewestMajor);
}

std::optional<int> major_version_of_path(std::string_view bin_directory) {
    const auto parts = split(bin_directory, '/');
    const auto count = parts.size();
    if (count < 3 || parts[count - 1] != "bin" || parts[count - 3] != "postgresql") {
        return std::nullopt;
    }
    const auto major = parse_integer(parts[count - 2], 1, 999);
    return major ? std::optional<int>(static_cast<int>(*major)) : std::nullopt;
}

Result<std::string> find_bin_directory(const Filesystem& files, const std::string& wanted,
                                       std::string_view path) {
    if (!wanted.empty()) {
        if (holds_server(files, wanted)) {
            return wanted;
        }
        return fail(
            ExitCode::config,
            fmt::format("CITUS_PG_BINDIR: \"{}\" does not hold executable programs postgres "
                        "and initdb. Set it to the server's bin directory, e.g. "
                        "{}/15/bin, or unset it.",
                        wanted, kDebianRoot));
    }
    std::vector<std::string> candidates;
    for (const auto& directory : split(path, ':')) {
        if (!directory.empty() && directory.front() == '/') {
            candidates.push_back(directory);
        }
    }
    const auto debian = debian_directories(files);
    candidates.insert(candidates.end(), debian.begin(), debian.end());
    candidates.emplace_back("/usr/local/bin");
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const auto& place) { return holds_server(files, place); });
    if (found != candidates.end()) {
        return *found;
    }
    return fail(ExitCode::config,
                fmt::format("cannot find the PostgreSQL server: no postgres and initdb in {}. "
                            "Install the server (Debian: postgresql-NN) or set CITUS_PG_BINDIR to "
                            "its bin directory.",
                            join(candidates, ", ")));
}

std::string path_with(std::string_view path, const std::string& bin_directory) {
    const auto parts = split(path, ':');
    if (std::find(parts.begin(), parts.end(), bin_directory) != parts.end()) {
        return std::string(path);
    }
    return path.empty() ? bin_directory : fmt::format("{}:{}", path, bin_directory);
}

}  // namespace citus_init::postgres
