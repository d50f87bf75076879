#pragma once

#include <string>
#include <vector>

namespace citus_init::supervisor {

// The hidden verb `citus-init callback EVENT ROLE SCOPE`, which Patroni runs when something has
// happened: leaves a note of it in CITUS_PATRONI_DIR/role. Patroni kills a callback that is not
// done when the next one comes, and a failure of it means nothing: always 0.
int run_callback(const std::vector<std::string>& arguments);

// The note's path.
std::string role_note_path(const std::string& directory);

}  // namespace citus_init::supervisor
