#include "citus_init/citus/membership/node_state.h"

#include <array>
#include <cstddef>

namespace citus_init::citus {

namespace {

struct Row {
    NodeState state;
    const char* name;
    bool takes_part = false;
};

// In the order of the enumerators.
constexpr std::array kRows{
    Row{NodeState::absent, "absent"},       Row{NodeState::unreachable, "unreachable"},
    Row{NodeState::not_ready, "not ready"}, Row{NodeState::adding, "adding"},
    Row{NodeState::active, "active", true}, Row{NodeState::suspect, "suspect"},
    Row{NodeState::moving, "moving"},       Row{NodeState::resync, "resync"},
    Row{NodeState::lost, "lost"},           Row{NodeState::blocked, "blocked"},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (static_cast<std::size_t>(kRows.at(i).state) != i) {
            return false;
        }
    }
    return kRows.size() == static_cast<std::size_t>(NodeState::blocked) + 1;
}
static_assert(is_in_order());

const Row& row_of(NodeState state) {
    return kRows.at(static_cast<std::size_t>(state));
}

}  // namespace

const char* state_name(NodeState state) {
    return row_of(state).name;
}

bool takes_part(NodeState state) {
    return row_of(state).takes_part;
}

}  // namespace citus_init::citus
