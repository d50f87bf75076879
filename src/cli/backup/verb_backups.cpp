#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/restorable.h"
#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"

#include "cli/backup/backup_node.h"
#include "cli/backup/backup_report.h"
#include "cli/backup/backup_verbs.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

// Of the newest point alone: its WAL was there when it was made, and listing it takes a while.
std::string problem_of_wal(backup::Repository& repository, const backup::Manifest& point,
                           const std::vector<backup::StanzaInfo>& stanzas) {
    const auto missing = repository.missing_wal(point, stanzas);
    return missing ? text_of(*missing) : one_line(missing.error().message);
}

ListedPoint listed(backup::Repository& repository, const std::string& name,
                   const std::vector<backup::StanzaInfo>& stanzas, bool is_newest) {
    auto manifest = repository.read_point(name);
    if (!manifest) {
        return {name, one_line(manifest.error().message)};
    }
    std::string problem = why_not_restorable(*manifest, stanzas);
    if (problem.empty() && is_newest) {
        problem = problem_of_wal(repository, *manifest, stanzas);
    }
    return {name, std::move(problem), std::move(*manifest)};
}

Result<BackupListing> list(backup::Repository& repository, bool all) {
    constexpr std::size_t kNewest = 50;
    constexpr std::size_t kThreads = 4;
    BackupListing listing;
    listing.now = std::time(nullptr);
    auto stanzas = repository.stanzas();
    if (!stanzas) {
        return fail(stanzas.error());
    }
    listing.stanzas = std::move(*stanzas);
    const auto points = repository.points();
    if (!points) {
        return fail(points.error());
    }
    const std::size_t count = all ? points->size() : std::min(points->size(), kNewest);
    listing.points.resize(count);
    listing.points_left_out = points->size() - count;
    in_parallel(count, kThreads, [&](std::size_t i) {
        listing.points[i] = listed(repository, (*points)[i].name, listing.stanzas, i == 0);
    });
    return listing;
}

}  // namespace

int run_backups(const settings::Environment& environment, const BackupListOptions& options) {
    const auto node = open_backup_node(environment);
    if (!node) {
        return end_verb(node.error());
    }
    const auto listing = list(*node->repository, options.all);
    if (!listing) {
        return end_verb(listing.error());
    }
    fmt::print("{}", options.json ? listing_json(*listing) : listing_text(*listing));
    return 0;
}

}  // namespace citus_init::cli
