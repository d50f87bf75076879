#include "app/supervisor/slot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/health/state.h"
#include "citus_init/postgres/data_slots.h"
#include "citus_init/process/identity.h"

#include "app/node_name.h"

namespace citus_init::app {

namespace {

// The server's user has to get through the directory above the slots. What lies in it is not
// touched: other nodes are at work there.
Status open_parent(const std::string& parent) {
    CITUS_INIT_TRY(make_directories(parent, 0755));
    struct stat info {};
    if (::geteuid() != 0 || ::stat(parent.c_str(), &info) != 0) {
        return {};
    }
    const auto user = process::find_user("postgres");
    if (!user) {
        return fail(user.error());
    }
    if (*user && info.st_uid != (*user)->uid &&
        ::chown(parent.c_str(), (*user)->uid, static_cast<gid_t>(-1)) != 0) {
        return fail(errno_error(fmt::format("cannot chown \"{}\"", parent), errno));
    }
    return {};
}

// A node that does not know its name takes what may be another's slot, and both get each other's
// data: worth waiting for a resolver that is slow while a whole service starts.
Result<std::string> slot_owner(const settings::CitusSettings& citus) {
    constexpr int kMostTries = 3;
    auto owner = resolved_node_name(citus);
    for (int tried = 1; !owner && tried < kMostTries; ++tried) {
        owner = resolved_node_name(citus);
    }
    return owner;
}

}  // namespace

void use_data_directory(settings::Settings& settings, settings::Environment& environment,
                        const std::string& path) {
    settings.postgres.data_directory = path;
    environment["PGDATA"] = path;
    environment["CITUS_DATA_SLOTS"] = "false";  // that was chosen already
}

Status take_slot(Node& node) {
    const std::string parent = node.data_directory;
    CITUS_INIT_TRY(open_parent(parent));
    const auto owner = slot_owner(node.settings.citus);
    if (!owner) {
        log::warning("this node's own slot is not looked for: {}", owner.error().message);
    }
    auto slot = postgres::take_data_slot(parent, owner.value_or(""));
    if (!slot) {
        return fail(slot.error());
    }
    for (const auto& warning : slot->warnings) {
        log::warning("{}", warning);
    }
    log::info("this node has the slot \"{}\"", slot->path);
    node.data_directory = slot->path;
    node.lock = std::move(slot->lock);
    use_data_directory(node.settings, node.environment, node.data_directory);
    return {};
}

void use_running_data_directory(settings::Settings& settings, settings::Environment& environment) {
    const auto text = RealFilesystem().read(health::state_path(settings.supervisor.run_directory));
    const auto state = text ? health::from_json(*text) : Result<health::State>(fail(text.error()));
    if (!state || state->data_directory.empty()) {
        return;
    }
    const bool runs = ::kill(static_cast<pid_t>(state->pid), 0) == 0 || errno == EPERM;
    if (runs) {
        use_data_directory(settings, environment, state->data_directory);
    }
}

}  // namespace citus_init::app
