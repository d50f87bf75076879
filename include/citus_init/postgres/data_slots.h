#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/lock.h"

namespace citus_init::postgres {

// Slots: data directories of several nodes in one directory, which is the shared volume of all
// replicas of a service, `PARENT/slot-1` to `PARENT/slot-1000`. A node holds the lock of its slot
// for life (lock_data_directory()), so none is ever used by two; which of them it takes is decided
// under a lock on the parent, so that many may start at once.

constexpr int kMostSlots = 1000;

// "PARENT/slot-7".
std::string slot_path(const std::string& parent, int number);

// What is in a slot, and who had it last.
struct SlotContent {
    int number = 0;
    DataDirectoryContent content;
    std::string owner;  // a node's name, "" = not known
};

// Which slots to try, best first: the one that `owner` had last; those with a whole cluster; those
// that may be made anew (half made by us, empty); the lowest number that does not exist. Each kind
// by number. So a cluster that is started again all at once finds every node under its own name,
// and nobody is moved. What is neither a cluster nor begun by us is nobody's to take. Pure.
std::vector<int> slots_to_try(const std::vector<SlotContent>& present, const std::string& owner);

struct DataSlot {
    int number = 0;
    std::string path;
    DataDirectoryLock lock;
    // Slots that nobody can use as they are, in words; to be logged.
    std::vector<std::string> warnings;
};

// As root, before take_data_slot() with the rights of `owner`: gives it the slots that are
// another's as a whole, such as those of a volume that root has restored. Links are no slots.
// Errors: as take_ownership().
[[nodiscard]] Status give_data_slots(const std::string& parent, uid_t owner);

// Takes the first free slot for `owner` ("" = no name is known), makes it where it does not exist
// (0700, of the calling user), and notes the owner in `PARENT/slot-N.owner`. Waits
// up to 30 s for others that are choosing. Errors: `locked` when all 1000 are taken or the others
// took too long; `data_directory` when the parent holds a cluster itself; `config` when the file
// system has no flock(2), without which two nodes would destroy each other's data; `permission`,
// `cannot_create`, `io`.
[[nodiscard]] Result<DataSlot> take_data_slot(const std::string& parent, const std::string& owner);

}  // namespace citus_init::postgres
