#include <vector>

#include <fmt/core.h>

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

// 150020: "15.20".
std::string version_text(int number) {
    return fmt::format("{}.{}", number / 10000, number % 10000);
}

std::string version_difference(const NodeFacts& node, const NodeFacts& reference) {
    return fmt::format("runs PostgreSQL {}, {} {}", version_text(node.server->version_number),
                       reference_text(reference), version_text(reference.server->version_number));
}

}  // namespace

void compare_postgres_majors(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (node.server && node.server->postgres_major() != reference.server->postgres_major()) {
        report.add(node, version_difference(node, reference),
                   "Start every node with the same image; CITUS_PG_UPGRADE=true upgrades the data "
                   "directory of the older one");
    }
}

void compare_postgres_minors(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (node.server && node.server->postgres_major() == reference.server->postgres_major() &&
        node.server->version_number != reference.server->version_number) {
        report.add(node, version_difference(node, reference),
                   "Start every node with the same image");
    }
}

void find_unloaded_citus(const NodeFacts& node, Report& report) {
    if (node.server && node.server->extension && !node.server->citus_preloaded) {
        report.add(node, "has the extension citus, but not its library in shared_preload_libraries",
                   "Stop all writes to this node, and start it with CITUS_ENABLE=true");
    }
}

void find_library_beside_extension(const NodeFacts& node, Report& report) {
    const auto library = node.server ? node.server->library() : std::nullopt;
    if (!library || !node.server->extension ||
        library->release() == node.server->extension->release()) {
        return;
    }
    report.add(node,
               fmt::format("runs the library of Citus {} with the extension at {}",
                           node.server->library_version, node.server->extension->text()),
               fmt::format("Set CITUS_AUTO_UPGRADE={} and restart, or run on this node, as the "
                           "first statement of a new session: ALTER EXTENSION citus UPDATE",
                           library->major == node.server->extension->major ? "minor" : "major"));
}

void compare_citus_versions(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.server || !reference.server->extension) {
        return;
    }
    const auto& theirs = node.server->extension;
    if (!theirs) {
        report.add(node, "has no extension citus in this database",
                   "Start it with CITUS_ENABLE=true and the same CITUS_DATABASE");
    } else if (theirs->release() != reference.server->extension->release()) {
        report.add(node,
                   fmt::format("has Citus {}, {} {}", theirs->text(), reference_text(reference),
                               reference.server->extension->text()),
                   "Start every node with the image of the newer one");
    }
}

void find_changed_collations(const NodeFacts& node, Report& report) {
    if (node.libraries && !node.libraries->changed_collations.empty()) {
        report.add(node, node.libraries->changed_collations,
                   node.is_standby
                       ? "Start every member of its group with the same image: indexes are copied, "
                         "and this one would sort otherwise after a failover"
                       : "REINDEX DATABASE, then ALTER DATABASE ... REFRESH COLLATION VERSION, as "
                         "shown");
    }
}

void compare_library_versions(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.libraries || !reference.libraries) {
        return;
    }
    const auto compare = [&](const char* name, const std::string& own, const std::string& other) {
        if (!own.empty() && !other.empty() && own != other) {
            report.add(node,
                       fmt::format("sorts text by {} {}, {} by {}", name, own,
                                   reference_text(reference), other),
                       "Start every node with the same image");
        }
    };
    compare("the C library", node.libraries->libc, reference.libraries->libc);
    compare("ICU", node.libraries->icu, reference.libraries->icu);
}

void find_outdated_extensions(const NodeFacts& node, Report& report) {
    std::vector<std::string> outdated;
    std::string commands;
    for (const auto& [name, extension] :
         node.objects ? node.objects->extensions : std::map<std::string, ExtensionFacts>()) {
        if (extension.available.empty()) {
            report.add(node, fmt::format("the files of the extension {} are not installed", name),
                       "Use an image that has them, or DROP EXTENSION it");
        } else if (extension.installed != extension.available && name != "citus" &&
                   !node.is_standby) {
            outdated.push_back(
                fmt::format("{} {} ({})", name, extension.installed, extension.available));
            commands += fmt::format("{}ALTER EXTENSION {} UPDATE", commands.empty() ? "" : "; ",
                                    citus::quote_identifier(name));
        }
    }
    if (!outdated.empty()) {
        report.add(node, "extensions are older than what is installed: " + names_text(outdated),
                   "CITUS_UPDATE_EXTENSIONS at the next start, or: " + commands);
    }
}

}  // namespace citus_init::doctor
