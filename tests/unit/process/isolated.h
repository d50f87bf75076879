#pragma once

#include <functional>

namespace citus_init::process {

// Runs `body` in a forked process of its own, since masks, dispositions, uids and limits belong to
// the whole process. Its failed expectations fail this test.
void isolated(const std::function<void()>& body);

}  // namespace citus_init::process
