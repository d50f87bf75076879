#include "cluster_template/origin.h"

#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/shell_words.h"

namespace citus_init::cluster_template {

namespace {

constexpr std::array kCategories{"LC_COLLATE",  "LC_CTYPE",   "LC_MESSAGES",
                                 "LC_MONETARY", "LC_NUMERIC", "LC_TIME"};

// As initdb names the zone: by TZ, else by what /etc/localtime is a link to or a copy of.
std::string time_zone_of(const Lookup& environment) {
    if (const std::string zone = environment("TZ"); !zone.empty()) {
        return "TZ=" + zone;
    }
    constexpr const char* kLocalTime = "/etc/localtime";
    const auto digest = digest_of_file(kLocalTime);
    return digest ? fmt::format("{} {}", RealFilesystem().resolve(kLocalTime), to_string(*digest))
                  : "none";
}

// Collations may sort otherwise with another version of either library.
std::string collation_libraries() {
    const RealFilesystem files;
    std::vector<std::string> found{fmt::format("libc {}", ::gnu_get_libc_version())};
    for (const auto& directory : files.list("/usr/lib").value_or(std::vector<std::string>())) {
        if (directory.find("-linux-") == std::string::npos) {
            continue;
        }
        const auto names = files.list("/usr/lib/" + directory);
        for (const auto& name : names.value_or(std::vector<std::string>())) {
            if (name.starts_with("libicui18n.so.")) {
                found.push_back(name);
            }
        }
    }
    return join(found, ", ");
}

// What `locale -a` would find, without reading archives that may have 200 MB.
std::string installed_locales() {
    constexpr const char* kDirectory = "/usr/lib/locale";
    const RealFilesystem files;
    std::vector<std::string> found;
    for (const auto& name : files.list(kDirectory).value_or(std::vector<std::string>())) {
        const auto status = files.status(fmt::format("{}/{}", kDirectory, name));
        found.push_back(status && status->type == FileType::regular
                            ? fmt::format("{} {}", name, status->size)
                            : name);
    }
    return join(found, ", ");
}

Result<std::map<std::string, Digest>> digests_of(const std::vector<std::string>& paths) {
    std::map<std::string, Digest> digests;
    for (const auto& path : paths) {
        const auto digest = digest_of_file(path);
        if (!digest) {
            return fail(digest.error());
        }
        digests.emplace(std::filesystem::path(path).filename().string(), *digest);
    }
    return digests;
}

// The library, and whatever CREATE EXTENSION may read.
Result<std::vector<std::string>> citus_paths(const citus::CitusInstallation& citus) {
    std::vector<std::string> paths;
    if (citus.library_path.empty()) {
        return paths;
    }
    for (const std::string& file : {citus.library_path, citus.control_path}) {
        const auto directory = std::filesystem::path(file).parent_path().string();
        const auto names = RealFilesystem().list(directory);
        if (!names) {
            return fail(names.error());
        }
        for (const auto& name : *names) {
            if (name.starts_with("citus") &&
                !std::filesystem::is_directory(fmt::format("{}/{}", directory, name))) {
                paths.push_back(fmt::format("{}/{}", directory, name));
            }
        }
    }
    return paths;
}

std::string changed_file(const std::map<std::string, Digest>& made,
                         const std::map<std::string, Digest>& wished) {
    for (const auto& [name, digest] : made) {
        const auto found = wished.find(name);
        if (found == wished.end() || found->second != digest) {
            return name;
        }
    }
    const auto other = std::find_if(wished.begin(), wished.end(),
                                    [&](const auto& file) { return !made.contains(file.first); });
    return other == wished.end() ? std::string() : other->first;
}

}  // namespace

std::map<std::string, std::string> locale_names(const Lookup& environment) {
    std::map<std::string, std::string> names;
    for (const char* category : kCategories) {
        std::string name = "C";
        for (const char* variable : {"LC_ALL", category, "LANG"}) {
            if (const std::string value = environment(variable); !value.empty()) {
                name = value;
                break;
            }
        }
        names.emplace(category, name == "POSIX" ? "C" : name);
    }
    return names;
}

std::vector<std::string> lasting_arguments(const std::vector<std::string>& initdb_arguments) {
    constexpr std::array<std::string_view, 4> kWithoutTrace{"--no-sync", "-N", "--nosync",
                                                            "--no-instructions"};
    std::vector<std::string> lasting;
    std::copy_if(initdb_arguments.begin(), initdb_arguments.end(), std::back_inserter(lasting),
                 [&](const auto& argument) {
                     return std::find(kWithoutTrace.begin(), kWithoutTrace.end(), argument) ==
                            kWithoutTrace.end();
                 });
    return lasting;
}

Result<Origin> read_origin(const std::string& bin_directory, const citus::CitusInstallation& citus,
                           const std::string& initdb_arguments, const Lookup& environment) {
    const auto arguments = postgres::split_shell_words(initdb_arguments);
    if (!arguments) {
        return fail(arguments.error());
    }
    auto server = digests_of({bin_directory + "/postgres", bin_directory + "/initdb"});
    if (!server) {
        return fail(server.error());
    }
    const auto paths = citus_paths(citus);
    auto extension = paths ? digests_of(*paths) : fail(paths.error());
    if (!extension) {
        return fail(extension.error());
    }
    return Origin{lasting_arguments(*arguments), locale_names(environment),
                  time_zone_of(environment),     collation_libraries(),
                  installed_locales(),           std::move(*server),
                  std::move(*extension)};
}

std::string difference(const Origin& made, const Origin& wished) {
    if (made.initdb_arguments != wished.initdb_arguments) {
        return fmt::format(R"(POSTGRES_INITDB_ARGS is "{}", the template was made with "{}")",
                           join(wished.initdb_arguments, " "), join(made.initdb_arguments, " "));
    }
    for (const auto& [category, name] : wished.locale) {
        const auto found = made.locale.find(category);
        const std::string before = found == made.locale.end() ? "" : found->second;
        if (before != name) {
            return fmt::format(R"({} is "{}", the template's "{}")", category, name, before);
        }
    }
    if (made.time_zone != wished.time_zone) {
        return fmt::format(R"(the time zone is "{}", the template's "{}")", wished.time_zone,
                           made.time_zone);
    }
    if (made.c_library != wished.c_library) {
        return fmt::format("collations are of {}, the template's of {}", wished.c_library,
                           made.c_library);
    }
    if (made.installed_locales != wished.installed_locales) {
        return "other locales are installed than when the template was made";
    }
    if (const auto file = changed_file(made.server_files, wished.server_files); !file.empty()) {
        return fmt::format("\"{}\" is not PostgreSQL's that the template was made by", file);
    }
    if (!wished.citus_files.empty() && made.citus_files.empty()) {
        return "the template was made without Citus";
    }
    const auto file = wished.citus_files.empty()
                          ? std::string()
                          : changed_file(made.citus_files, wished.citus_files);
    return file.empty() ? ""
                        : fmt::format("\"{}\" is not Citus' that the template was made with", file);
}

}  // namespace citus_init::cluster_template
