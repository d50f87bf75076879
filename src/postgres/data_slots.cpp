#include "citus_init/postgres/data_slots.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <thread>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/process/signals.h"

namespace citus_init::postgres {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kPrefix = "slot-";
constexpr const char* kOwnerSuffix = ".owner";
constexpr std::chrono::seconds kPatience{30};

// Best first; none: not to be taken.
std::optional<int> rank_of(const DataDirectoryContent& content) {
    if (std::holds_alternative<Cluster>(content)) {
        return 0;
    }
    if (const auto* incomplete = std::get_if<IncompleteCluster>(&content)) {
        return incomplete->ours && !incomplete->is_replaced ? std::optional(1) : std::nullopt;
    }
    return std::holds_alternative<ForeignContent>(content) ? std::nullopt : std::optional(1);
}

// Choosing takes milliseconds. PID 1 has nothing to do yet that could wait for it.
Result<Fd> lock_parent(const std::string& parent) {
    auto opened = open_directory(parent);
    if (!opened) {
        return fail(opened.error().code, "PGDATA: " + opened.error().message);
    }
    Fd descriptor = std::move(*opened);
    const auto end = steady_clock::now() + kPatience;
    while (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) {
            continue;
        }
        if (errno != EWOULDBLOCK) {
            return fail(ExitCode::config,
                        fmt::format("CITUS_DATA_SLOTS: \"{}\" cannot be locked: {}. Slots need a "
                                    "file system with flock(2), such as a local volume's; without "
                                    "it give every node a volume of its own.",
                                    parent, ::strerror(errno)));
        }
        if (process::stop_is_pending()) {
            return fail(ExitCode::os, "stopped on request");
        }
        if (steady_clock::now() > end) {
            return fail(ExitCode::locked,
                        fmt::format("another node has been choosing its slot in \"{}\" for {} s. "
                                    "Find out what its storage waits for.",
                                    parent, kPatience.count()));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return descriptor;
}

Status refuse_cluster_in_parent(const Filesystem& files, const std::string& parent) {
    if (!files.exists(parent + "/PG_VERSION")) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("CITUS_DATA_SLOTS: \"{}\" is a data directory itself, so it cannot hold "
                    "those of several nodes. Leave CITUS_DATA_SLOTS away, or, with the "
                    "server stopped, move all of it into \"{}\".",
                    parent, slot_path(parent, 1)));
}

std::optional<int> slot_number(const std::string& name) {
    if (!name.starts_with(kPrefix) || name.starts_with("slot-0")) {
        return std::nullopt;
    }
    const auto number = parse_integer(std::string_view(name).substr(kPrefix.size()), 1, kMostSlots);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

bool is_link(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

Result<std::vector<SlotContent>> read_slots(const Filesystem& files, const std::string& parent,
                                            std::vector<std::string>& warnings) {
    const auto names = files.list(parent);
    if (!names) {
        return fail(names.error());
    }
    std::vector<SlotContent> slots;
    for (const auto& name : *names) {
        const auto number = slot_number(name);
        if (!number) {
            continue;
        }
        const std::string path = fmt::format("{}/{}", parent, name);
        if (is_link(path)) {
            warnings.push_back(fmt::format(
                "\"{}\" is a symbolic link, which no slot is: left alone. Mount or move the "
                "directory there instead.",
                path));
            slots.push_back({*number, ForeignContent{}, ""});
            continue;
        }
        auto content = inspect_data_directory(files, path);
        if (!content) {
            // Never to be taken, but there: ForeignContent.
            warnings.push_back(content.error().message);
            slots.push_back({*number, ForeignContent{}, ""});
            continue;
        }
        if (!rank_of(*content) && lock_data_directory(path)) {  // and nobody is at work in it
            warnings.push_back(fmt::format(
                "\"{}\" holds neither a whole cluster nor one that citus-init began: left alone. "
                "Move away what is in it to have it used again.",
                path));
        }
        const auto owner = files.read(path + kOwnerSuffix, read_limit::kRecord);
        slots.push_back(
            {*number, *std::move(content), owner ? std::string(trim(*owner)) : std::string()});
    }
    return slots;
}

Status make_slot(const std::string& path) {
    constexpr mode_t kOwnerOnly = 0700;
    if (::mkdir(path.c_str(), kOwnerOnly) != 0 && errno != EEXIST) {
        return fail(errno_error(fmt::format("cannot make the slot \"{}\"", path), errno,
                                ExitCode::cannot_create));
    }
    return {};
}

// Only a preference for the next time: a slot without it serves as well.
void note_owner(DataSlot& slot, const std::string& owner) {
    const std::string path = slot.path + kOwnerSuffix;
    if (owner.empty() ||
        RealFilesystem().read(path, read_limit::kRecord).value_or("") == owner + "\n") {
        return;
    }
    if (const auto noted = replace_file(path, owner + "\n", 0644); !noted) {
        slot.warnings.push_back(noted.error().message);
    }
}

}  // namespace

std::string slot_path(const std::string& parent, int number) {
    return fmt::format("{}{}{}{}", parent, parent.ends_with('/') ? "" : "/", kPrefix, number);
}

std::vector<int> slots_to_try(const std::vector<SlotContent>& present, const std::string& owner) {
    constexpr int kOwnSlot = -1;
    std::vector<std::pair<int, int>> ranked;
    std::set<int> numbers;
    for (const auto& slot : present) {
        numbers.insert(slot.number);
        if (const auto rank = rank_of(slot.content)) {
            const bool is_own = !owner.empty() && slot.owner == owner;
            ranked.emplace_back(is_own ? kOwnSlot : *rank, slot.number);
        }
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<int> order;
    order.reserve(ranked.size() + 1);
    for (const auto& [rank, number] : ranked) {
        order.push_back(number);
    }
    for (int number = 1; number <= kMostSlots; ++number) {
        if (!numbers.contains(number)) {
            order.push_back(number);
            break;
        }
    }
    return order;
}

Status give_data_slots(const std::string& parent, uid_t owner) {
    const auto choosing = lock_parent(parent);  // who chooses its slot meets no lock of ours
    if (!choosing) {
        return fail(choosing.error());
    }
    const auto names = RealFilesystem().list(parent);
    if (!names) {
        return fail(names.error());
    }
    for (const auto& name : *names) {
        const std::string path = fmt::format("{}/{}", parent, name);
        struct stat info {};
        if (!slot_number(name) || ::lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) ||
            info.st_uid == owner) {
            continue;
        }
        const auto lock = lock_data_directory(path);
        if (!lock && lock.error().code == ExitCode::locked) {
            continue;  // a node of another user is at work in it
        }
        if (const auto walk = take_ownership(path, owner); !walk) {
            return fail(walk.error());
        }
    }
    return {};
}

Result<DataSlot> take_data_slot(const std::string& parent, const std::string& owner) {
    const RealFilesystem files;
    CITUS_INIT_TRY(make_directories(parent, 0755));
    const auto choosing = lock_parent(parent);
    if (!choosing) {
        return fail(choosing.error());
    }
    CITUS_INIT_TRY(refuse_cluster_in_parent(files, parent));
    DataSlot slot;
    const auto present = read_slots(files, parent, slot.warnings);
    if (!present) {
        return fail(present.error());
    }
    for (const int number : slots_to_try(*present, owner)) {
        slot.number = number;
        slot.path = slot_path(parent, number);
        CITUS_INIT_TRY(make_slot(slot.path));
        auto lock = lock_data_directory(slot.path);
        if (!lock && lock.error().code == ExitCode::locked) {
            continue;
        }
        if (!lock) {
            return fail(lock.error());
        }
        if (lock->not_locked) {
            return fail(ExitCode::config, "CITUS_DATA_SLOTS: " + *lock->not_locked);
        }
        slot.lock = std::move(*lock);
        note_owner(slot, owner);
        return slot;
    }
    return fail(ExitCode::locked,
                fmt::format("all {} slots in \"{}\" are in use or cannot be used. Scale down, or "
                            "see to the slots that the log names.",
                            kMostSlots, parent));
}

}  // namespace citus_init::postgres
