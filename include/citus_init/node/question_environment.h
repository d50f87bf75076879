#pragma once

#include <string>
#include <vector>

namespace citus_init::node {

// The environment for asking one of the server's programs: this process's own, since locales and
// libraries may be found by it (LOCPATH, LOCALE_ARCHIVE, LD_LIBRARY_PATH), without secrets and
// without NOTIFY_SOCKET; the answer comes in English.
std::vector<std::string> question_environment();

}  // namespace citus_init::node
