#include "citus_init/citus/support.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

constexpr std::array<CitusRelease, 8> kReleases{{
    {11, 3, 13, 15, true},
    {12, 0, 14, 15, true},
    {12, 1, 14, 16, true},
    {13, 0, 15, 17, true},
    {13, 1, 15, 17, true},
    {13, 2, 15, 17, true},
    {14, 0, 16, 18, true},
    {15, 0, 16, 18, false},
}};

bool runs_on(const CitusRelease& release, int postgres_major) {
    return postgres_major >= release.oldest_postgres && postgres_major <= release.newest_postgres;
}

const CitusRelease* find_release(const ExtensionVersion& citus) {
    const auto* const found =
        std::find_if(kReleases.begin(), kReleases.end(), [&](const CitusRelease& row) {
            return row.major == citus.major && row.minor == citus.minor;
        });
    return found == kReleases.end() ? nullptr : &*found;
}

// 12.2 never was: it counts as neither older nor newer, and nothing is known of it.
bool is_older_than_table(const ExtensionVersion& citus) {
    const CitusRelease& oldest = kReleases.front();
    return std::tie(citus.major, citus.minor) < std::tie(oldest.major, oldest.minor);
}

const CitusRelease& newest_released() {
    return *std::find_if(kReleases.rbegin(), kReleases.rend(),
                         [](const CitusRelease& row) { return row.released; });
}

std::string way_out(int postgres_major) {
    const auto package = newest_package_for(postgres_major);
    return package ? fmt::format(
                         "Install {}, or use an image whose Citus and PostgreSQL belong "
                         "together",
                         *package)
                   : "Use an image whose Citus and PostgreSQL belong together";
}

}  // namespace

std::span<const CitusRelease> citus_releases() {
    return kReleases;
}

std::optional<std::string> incompatibility(const ExtensionVersion& citus, int postgres_major) {
    if (is_older_than_table(citus)) {
        return fmt::format("Citus {}.{} is too old: citus-init runs {}.{} to {}.{}. {}",
                           citus.major, citus.minor, kReleases.front().major,
                           kReleases.front().minor, newest_released().major,
                           newest_released().minor, way_out(postgres_major));
    }
    const CitusRelease* release = find_release(citus);
    if (release == nullptr || runs_on(*release, postgres_major)) {
        return std::nullopt;
    }
    return fmt::format(
        "Citus {}.{} runs on PostgreSQL {} to {}, but this server is PostgreSQL {}. "
        "{}",
        citus.major, citus.minor, release->oldest_postgres, release->newest_postgres,
        postgres_major, way_out(postgres_major));
}

std::string untested_pair(const ExtensionVersion& citus, int postgres_major) {
    const CitusRelease* release = find_release(citus);
    if (incompatibility(citus, postgres_major) || (release != nullptr && release->released)) {
        return "";
    }
    return fmt::format("Citus {}.{} on PostgreSQL {} {}; citus-init was tested with {}.{} to {}.{}",
                       citus.major, citus.minor, postgres_major,
                       release != nullptr ? "is not released" : "is not a pair that is known",
                       kReleases.front().major, kReleases.front().minor, newest_released().major,
                       newest_released().minor);
}

std::optional<std::string> newest_citus_for(int postgres_major) {
    const auto found = std::find_if(
        kReleases.rbegin(), kReleases.rend(),
        [&](const CitusRelease& row) { return row.released && runs_on(row, postgres_major); });
    return found == kReleases.rend()
               ? std::nullopt
               : std::optional(fmt::format("{}.{}", found->major, found->minor));
}

std::optional<std::string> newest_package_for(int postgres_major) {
    const auto citus = newest_citus_for(postgres_major);
    return citus ? std::optional(fmt::format("postgresql-{}-citus-{}", postgres_major, *citus))
                 : std::nullopt;
}

std::string support_markdown() {
    std::string text = "| Citus |";
    std::string rule = "|---|";
    for (int major = kOldestPairedPostgres; major <= kNewestPairedPostgres; ++major) {
        text += fmt::format(" PostgreSQL {} |", major);
        rule += "---|";
    }
    text += "\n" + rule + "\n";
    for (const CitusRelease& release : kReleases) {
        text += fmt::format("| {}.{}{} |", release.major, release.minor,
                            release.released ? "" : " (not released)");
        for (int major = kOldestPairedPostgres; major <= kNewestPairedPostgres; ++major) {
            const char* runs = release.released ? "yes" : "starts, with a warning";
            text += fmt::format(" {} |", runs_on(release, major) ? runs : "refused");
        }
        text += "\n";
    }
    return text;
}

}  // namespace citus_init::citus
