#include "citus_init/backup/version.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

struct Support {
    int postgres_major;
    Version since;
};

// Release notes of pgBackRest: the first release that says "PostgreSQL NN support".
constexpr std::array kSupport{Support{13, {2, 30, 0}}, Support{14, {2, 34, 0}},
                              Support{15, {2, 39, 0}}, Support{16, {2, 46, 0}},
                              Support{17, {2, 53, 1}}, Support{18, {2, 55, 0}}};

int newest_known(const Version& installed) {
    int newest = 0;
    for (const Support& row : kSupport) {
        newest = row.since <= installed ? std::max(newest, row.postgres_major) : newest;
    }
    return newest;
}

}  // namespace

std::string Version::text() const {
    return patch == 0 ? fmt::format("{}.{}", major, minor)
                      : fmt::format("{}.{}.{}", major, minor, patch);
}

std::optional<Version> parse_version(std::string_view text) {
    constexpr std::string_view kName = "pgBackRest ";
    constexpr int kLargest = 100'000;
    const std::string_view line = trim(text.substr(0, text.find('\n')));
    if (!line.starts_with(kName)) {
        return std::nullopt;
    }
    // "2.46dev" is a build of before 2.46.
    const std::string_view numbers = line.substr(kName.size());
    const auto parts = split(numbers.substr(0, numbers.find_first_not_of("0123456789.")), '.');
    std::array<int, 3> version{};
    if (parts.size() < 2 || parts.size() > version.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = parse_integer(parts[i], 0, kLargest);
        if (!number) {
            return std::nullopt;
        }
        version.at(i) = static_cast<int>(*number);
    }
    return Version{version[0], version[1], version[2]};
}

std::optional<settings::Problem> check_version(const Version& installed, int postgres_major) {
    const auto* const row =
        std::find_if(kSupport.begin(), kSupport.end(),
                     [&](const Support& each) { return each.postgres_major == postgres_major; });
    if (row == kSupport.end() || row->since <= installed) {
        return std::nullopt;
    }
    const int newest = newest_known(installed);
    return settings::Problem{
        "CITUS_BACKUP", "pgbackrest",
        fmt::format(
            "is pgBackRest {} here, which does not know PostgreSQL {}: it could not archive "
            "anything",
            installed.text(), postgres_major),
        fmt::format("Install pgBackRest {} or newer in the image{}, or set CITUS_BACKUP=none",
                    row->since.text(),
                    newest == 0 ? "" : fmt::format(", use one with PostgreSQL {}", newest))};
}

settings::Problem not_installed(std::string_view output) {
    const std::string text = one_line(output);
    return {"CITUS_BACKUP", "pgbackrest",
            "needs the program pgbackrest, which is not installed or reports no version" +
                (text.empty() ? "" : fmt::format(" (\"{}\")", settings::shown(text))),
            "Install it in the image (Debian: pgbackrest), or set CITUS_BACKUP=none"};
}

}  // namespace citus_init::backup
