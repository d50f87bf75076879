#include "citus_init/postgres/citus_package.h"

#include <filesystem>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/postgres/installation.h"

namespace citus_init::postgres {

namespace {

struct Layout {
    std::string share;
    std::string libraries;
};

// PostgreSQL is relocatable: it finds its files relative to its bin directory, in the places that
// it was configured with (make_relative_path() in port/path.c).
std::vector<Layout> layouts_of(const std::string& bin_directory) {
    const auto parent = std::filesystem::path(bin_directory).parent_path();
    if (major_version_of_path(bin_directory)) {
        const auto prefix = parent.parent_path().parent_path().parent_path();
        return {{(prefix / "share/postgresql" / parent.filename()).string(),
                 (parent / "lib").string()}};
    }
    return {{(parent / "share/postgresql").string(), (parent / "lib/postgresql").string()},
            {(parent / "share").string(), (parent / "lib").string()}};
}

}  // namespace

std::optional<std::string> default_version_of(std::string_view control_file) {
    for (const auto& line : split(control_file, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string::npos ||
            trim(std::string_view(line).substr(0, equals)) != "default_version") {
            continue;
        }
        const auto value = trim(std::string_view(line).substr(equals + 1));
        if (value.size() > 2 && value.front() == '\'' && value.back() == '\'') {
            return std::string(value.substr(1, value.size() - 2));
        }
    }
    return std::nullopt;
}

Result<CitusPackage> find_citus_package(const Filesystem& files, const std::string& bin_directory,
                                        int server_major) {
    std::vector<std::string> looked_at;
    for (const auto& [share, libraries] : layouts_of(bin_directory)) {
        const std::string control = share + "/extension/citus.control";
        const std::string library = libraries + "/citus.so";
        const auto text = files.read(control);
        const auto version = text ? default_version_of(*text) : std::nullopt;
        if (version && files.exists(library)) {
            return CitusPackage{control, library, *version,
                                files.exists(share + "/extension/citus_columnar.control")};
        }
        looked_at.push_back(version ? library : control);
    }
    return fail(ExitCode::config,
                fmt::format("CITUS_ENABLE is true, but Citus is not installed for PostgreSQL {0}: "
                            "there is no {1}. Install the package postgresql-{0}-citus-13.2 (or "
                            "another Citus made for PostgreSQL {0}), or use an image that has it.",
                            server_major, join(looked_at, " and no ")));
}

}  // namespace citus_init::postgres
