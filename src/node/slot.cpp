#include "citus_init/node/slot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"
#include "citus_init/postgres/data_slots.h"
#include "citus_init/process/identity.h"
#include "citus_init/status/node_status.h"

namespace citus_init::node {

namespace {

// The server's user has to get through the directory above the slots. What lies in it beside slots
// is not touched: other nodes are at work there.
Status open_parent(const std::string& parent, const process::User& user) {
    CITUS_INIT_TRY(make_directories(parent, 0755));
    if (::geteuid() != 0) {
        return {};
    }
    const auto directory = open_directory(parent);
    if (!directory) {
        return fail(directory.error());
    }
    struct stat info {};
    if (::fstat(directory->get(), &info) != 0 ||
        (info.st_uid != user.uid &&
         ::fchown(directory->get(), user.uid, static_cast<gid_t>(-1)) != 0)) {
        return fail(errno_error(fmt::format("cannot chown \"{}\"", parent), errno));
    }
    return postgres::give_data_slots(parent, user.uid);
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
    const auto user = ::geteuid() == 0 ? server_user() : process::current_user();
    if (!user) {
        return fail(user.error());
    }
    CITUS_INIT_TRY(open_parent(parent, *user));
    const auto owner = slot_owner(node.settings.citus);
    if (!owner) {
        log::warning("cannot search for this node's own slot: {}", owner.error().message);
    }
    // All nodes of the volume write here, so root's rights have no place.
    std::optional<postgres::DataSlot> slot;
    CITUS_INIT_TRY(process::with_file_rights_of(*user, [&]() -> Status {
        auto taken = postgres::take_data_slot(parent, owner.value_or(""));
        if (!taken) {
            return fail(taken.error());
        }
        slot = std::move(*taken);
        return {};
    }));
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
    const auto text = RealFilesystem().read(status::state_path(settings.supervisor.run_directory));
    const auto state = text ? status::node_status_from_json(*text)
                            : Result<status::NodeStatus>(fail(text.error()));
    if (!state || state->data_directory.empty()) {
        return;
    }
    const bool runs = ::kill(static_cast<pid_t>(state->pid), 0) == 0 || errno == EPERM;
    if (runs) {
        use_data_directory(settings, environment, state->data_directory);
    }
}

}  // namespace citus_init::node
