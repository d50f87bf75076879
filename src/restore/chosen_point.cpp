#include "citus_init/restore/chosen_point.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/restorable.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"

namespace citus_init::restore {

namespace {

using backup::StanzaInfo;
using backup::StoredPoint;

// By what `info` says of the repository and by the list of its WAL. "" = it can be restored.
Result<std::string> why_not(backup::Repository& repository, const backup::Manifest& point,
                            const std::vector<StanzaInfo>& stanzas) {
    std::string why = backup::why_not_restorable(point, stanzas);
    if (!why.empty()) {
        return why;
    }
    const auto missing = repository.missing_wal(point, stanzas);
    return missing ? Result<std::string>(text_of(*missing)) : fail(missing.error());
}

// Of those that could be had, as many as one reads.
std::string listed(backup::Repository& repository, const std::vector<StoredPoint>& points,
                   const std::vector<StanzaInfo>& stanzas) {
    constexpr std::size_t kMost = 5;
    std::vector<std::string> names;
    for (const auto& point : points) {
        const auto manifest = repository.read_point(point.name);
        const auto why = manifest ? why_not(repository, *manifest, stanzas)
                                  : Result<std::string>(fail(manifest.error()));
        if (why && why->empty()) {
            names.push_back(point.name);
        }
        if (names.size() == kMost) {
            break;
        }
    }
    return names.empty() ? fmt::format("{} has none that can be restored",
                                       repository.settings().repository.text())
                         : "These can, the newest first: " + join(names, ", ");
}

Result<ChosenPoint> newest(backup::Repository& repository, const std::vector<StoredPoint>& points,
                           std::vector<StanzaInfo> stanzas, const std::string& option) {
    for (const auto& point : points) {
        auto manifest = repository.read_point(point.name);
        if (!manifest) {
            return fail(manifest.error());
        }
        const auto why = why_not(repository, *manifest, stanzas);
        if (!why) {
            return fail(why.error());
        }
        if (why->empty()) {
            return ChosenPoint{std::move(*manifest), std::move(stanzas)};
        }
        log::warning("the restore point {} is later, and cannot be restored: {}", point.name, *why);
    }
    return fail(ExitCode::config,
                fmt::format("{}: \"{}\" finds nothing: {} has no restore point of the "
                            "cluster {} that can be restored. Check CITUS_BACKUP_REPO and "
                            "CITUS_BACKUP_NAME, or CITUS_RESTORE_FROM.",
                            option, settings::kLatestPoint, repository.settings().repository.text(),
                            repository.settings().name));
}

}  // namespace

Result<ChosenPoint> choose_point(backup::Repository& repository, const std::string& name,
                                 const std::string& option) {
    auto stanzas = repository.stanzas();
    if (!stanzas) {
        return fail(stanzas.error());
    }
    const auto points = repository.points();
    if (!points) {
        return fail(points.error());
    }
    if (name == settings::kLatestPoint) {
        return newest(repository, *points, std::move(*stanzas), option);
    }
    const bool is_there = std::any_of(points->begin(), points->end(),
                                      [&](const auto& point) { return point.name == name; });
    if (!is_there) {
        return fail(ExitCode::config,
                    fmt::format("{}: \"{}\" is not a restore point of the cluster {} in "
                                "{}. {}.",
                                option, name, repository.settings().name,
                                repository.settings().repository.text(),
                                listed(repository, *points, *stanzas)));
    }
    auto manifest = repository.read_point(name);
    if (!manifest) {
        return fail(manifest.error());
    }
    const auto why = why_not(repository, *manifest, *stanzas);
    if (!why) {
        return fail(why.error());
    }
    if (!why->empty()) {
        return fail(ExitCode::config,
                    fmt::format("{}: \"{}\" cannot be restored: {}. {}.", option, name, *why,
                                listed(repository, *points, *stanzas)));
    }
    return ChosenPoint{std::move(*manifest), std::move(*stanzas)};
}

}  // namespace citus_init::restore
