#include "citus_init/citus/installation.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/support.h"

namespace citus_init::citus {

namespace {

constexpr const char* kLibraryName = "citus.so";
constexpr const char* kControlName = "citus.control";

// The places below, relative to the directory of the programs, are those of a server that was
// built with that layout: it takes them relative to its own place too (get_pkglib_path(),
// get_share_path() of src/port/path.c).
std::vector<std::string> library_directories(const std::string& bin_directory) {
    return {
        bin_directory + "/../lib",             // Debian; a source build whose prefix has "postgres"
        bin_directory + "/../lib/postgresql",  // a source build; the Alpine images
    };
}

std::vector<std::string> extension_directories(const std::string& bin_directory, int major) {
    return {
        fmt::format("{}/../../../../share/postgresql/{}/extension", bin_directory,
                    major),  // Debian
        bin_directory + "/../share/extension",
        bin_directory + "/../share/postgresql/extension",
    };
}

std::optional<std::string> find_file(const Filesystem& files,
                                     const std::vector<std::string>& directories,
                                     const char* name) {
    for (const auto& directory : directories) {
        std::string path = (std::filesystem::path(directory) / name).lexically_normal().string();
        if (files.exists(path)) {
            return path;
        }
    }
    return std::nullopt;
}

Error missing(const char* name, const std::vector<std::string>& directories, int major) {
    std::vector<std::string> probed;
    probed.reserve(directories.size());
    for (const auto& directory : directories) {
        probed.push_back(std::filesystem::path(directory).lexically_normal().string());
    }
    const auto package = newest_package_for(major);
    const std::string fix =
        package ? fmt::format(
                      "Install the package {} (or the version that you want) from Citus' "
                      "package repository, use an image that has it",
                      *package)
                : "No Citus that this citus-init knows runs on it. Use an image with another "
                  "PostgreSQL";
    return Error{ExitCode::config,
                 fmt::format("CITUS_ENABLE is true, but this image has no Citus for PostgreSQL "
                             "{}: {} is in none of {}. {}, or set CITUS_ENABLE=false",
                             major, name, join(probed, ", "), fix)};
}

// "default_version = '13.2-1'" of a control file, as parse_extension_control_file() reads it.
std::optional<std::string> default_version(const std::string& control) {
    for (const auto& line : split(control, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string::npos ||
            trim(std::string_view(line).substr(0, equals)) != "default_version") {
            continue;
        }
        const auto first = line.find('\'', equals);
        const auto last = line.find('\'', first + 1);
        if (first != std::string::npos && last != std::string::npos) {
            return line.substr(first + 1, last - first - 1);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<CitusInstallation> find_citus(const Filesystem& files, const std::string& bin_directory,
                                     int postgres_major) {
    const auto libraries = library_directories(bin_directory);
    const auto library = find_file(files, libraries, kLibraryName);
    if (!library) {
        return fail(missing(kLibraryName, libraries, postgres_major));
    }
    const auto extensions = extension_directories(bin_directory, postgres_major);
    const auto control = find_file(files, extensions, kControlName);
    if (!control) {
        return fail(missing(kControlName, extensions, postgres_major));
    }
    const auto text = files.read(*control);
    if (!text) {
        return fail(text.error());
    }
    const auto version = parse_extension_version(default_version(*text).value_or(""));
    if (!version) {
        return fail(ExitCode::config,
                    fmt::format("\"{}\" names no default_version of Citus: the package is damaged. "
                                "Install it anew",
                                *control));
    }
    if (const auto reason = incompatibility(*version, postgres_major)) {
        return fail(ExitCode::config, *reason);
    }
    return CitusInstallation{*library, *control, *version};
}

std::set<std::string> available_extensions(const Filesystem& files,
                                           const std::string& bin_directory, int postgres_major) {
    constexpr std::string_view kSuffix = ".control";
    std::set<std::string> names;
    for (const auto& directory : extension_directories(bin_directory, postgres_major)) {
        for (const auto& name : files.list(directory).value_or(std::vector<std::string>())) {
            const auto stem = name.substr(0, name.size() - std::min(name.size(), kSuffix.size()));
            if (name.ends_with(kSuffix) && stem.find("--") == std::string::npos) {
                names.insert(stem);
            }
        }
    }
    return names;
}

}  // namespace citus_init::citus
