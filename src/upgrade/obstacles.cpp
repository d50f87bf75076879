#include "upgrade/obstacles.h"

#include <map>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::upgrade {

namespace {

// Since 17 pg_upgrade takes logical slots along, from 17 on.
constexpr int kFirstThatKeepsSlots = 17;
constexpr const char* kCitus = "citus";

// "13.2-1" and "13.2-2" have the same catalogs for our purpose.
std::string release_of(const std::string& version) {
    return version.substr(0, version.find('-'));
}

void add_missing_extensions(const ClusterFacts& facts, const UpgradeTarget& target,
                            std::vector<std::string>& found) {
    std::map<std::string, std::vector<std::string>> missing;
    for (const auto& database : facts.databases) {
        for (const auto& [name, version] : database.extensions) {
            if (!target.extensions.contains(name)) {
                missing[name].push_back(database.name);
            }
        }
    }
    for (const auto& [name, databases] : missing) {
        found.push_back(
            fmt::format("the extension {} of the database {} is not in this image for "
                        "PostgreSQL {}: install its package, or DROP EXTENSION in the "
                        "old server",
                        name, join(databases, ", "), target.to_major));
    }
}

void add_citus(const ClusterFacts& facts, const UpgradeTarget& target,
               std::vector<std::string>& found) {
    for (const auto& database : facts.databases) {
        const std::string version = database.version_of(kCitus);
        if (version.empty() || target.new_citus.empty()) {
            continue;  // the missing extension is listed already
        }
        if (release_of(version) != release_of(target.new_citus)) {
            found.push_back(fmt::format(
                "the database {} has Citus {}, but this image has {} for PostgreSQL {}: Citus and "
                "PostgreSQL are upgraded one after the other. First update Citus to {} on "
                "PostgreSQL {} (an image with both, ALTER EXTENSION citus UPDATE), then upgrade "
                "PostgreSQL; or use an image with Citus {} for PostgreSQL {}",
                database.name, version, target.new_citus, target.to_major,
                release_of(target.new_citus), target.from_major, release_of(version),
                target.to_major));
        } else if (!target.old_citus.empty() &&
                   release_of(target.old_citus) != release_of(version)) {
            found.push_back(fmt::format(
                "the database {} has Citus {}, but the library beside the programs of PostgreSQL "
                "{} is {}: install the same release for both",
                database.name, version, target.from_major, target.old_citus));
        }
    }
}

void add_attribute_versions(const ClusterFacts& facts, const UpgradeTarget& target,
                            std::vector<std::string>& found) {
    std::vector<std::string> databases;
    for (const auto& database : facts.databases) {
        if (database.has_attribute_versions) {
            databases.push_back(database.name);
        }
    }
    if (!databases.empty() && !target.knows_attribute_versions) {
        found.push_back(fmt::format(
            "tables of the database {} have \"pg_attver\" at their columns, which this "
            "image's PostgreSQL {} does not know: its minor release is older than that "
            "of PostgreSQL {}. Use an image with a minor release of PostgreSQL {} of "
            "the same date or later",
            join(databases, ", "), target.to_major, target.from_major, target.to_major));
    }
}

void add_rooms(const UpgradeTarget& target, std::vector<std::string>& found) {
    constexpr std::uint64_t kBytesPerMegabyte = 1024ULL * 1024;
    for (const auto& room : target.rooms) {
        if (room.needed > room.free) {
            found.push_back(fmt::format(
                "the new cluster needs {} MB in the file system of \"{}\", and {} MB are free: "
                "make room or enlarge the volume, or set CITUS_PG_UPGRADE_METHOD=link after a "
                "backup",
                room.needed / kBytesPerMegabyte, room.directory, room.free / kBytesPerMegabyte));
        }
    }
}

}  // namespace

std::vector<std::string> obstacles(const ClusterFacts& facts, const UpgradeTarget& target) {
    std::vector<std::string> found;
    if (!facts.prepared_transactions.empty()) {
        found.push_back(fmt::format(
            "there are prepared transactions ({}): start the old image until the coordinator has "
            "ended them (it does each minute), or COMMIT PREPARED or ROLLBACK PREPARED them",
            join(facts.prepared_transactions, ", ")));
    }
    if (!facts.logical_slots.empty() && target.from_major < kFirstThatKeepsSlots) {
        found.push_back(
            fmt::format("there are logical replication slots ({}), which pg_upgrade "
                        "cannot take along before PostgreSQL {}: drop them in the old "
                        "server, and make their subscriptions anew afterwards",
                        join(facts.logical_slots, ", "), kFirstThatKeepsSlots));
    }
    for (const auto& name : facts.invalid_databases) {
        found.push_back(fmt::format(
            "the database {} is invalid, since a DROP DATABASE of it was cut off: DROP DATABASE it "
            "in the old server",
            name));
    }
    add_missing_extensions(facts, target, found);
    add_citus(facts, target, found);
    add_attribute_versions(facts, target, found);
    add_rooms(target, found);
    for (const auto& path : target.mount_points) {
        found.push_back(
            fmt::format("\"{}\" is a mount point within the data directory, which "
                        "cannot be renamed: upgrade by hand (docs/upgrades.md)",
                        path));
    }
    for (const auto& path : target.taken_tablespaces) {
        found.push_back(
            fmt::format("\"{}\" is there already, of an earlier pg_upgrade: remove it "
                        "if no cluster uses it",
                        path));
    }
    return found;
}

}  // namespace citus_init::upgrade
