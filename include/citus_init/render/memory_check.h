#pragma once

#include <optional>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

// What shared_buffers asks for against what there is, as `files` shows (/proc/meminfo,
// /proc/sys/vm/overcommit_memory, the control groups).
struct MemoryFindings {
    std::optional<settings::Problem> problem;  // the kernel refuses the mapping: the start fails
    std::optional<settings::Problem> doubt;    // it would not fit once it is used
};
MemoryFindings check_shared_buffers(const GucStack& stack, const Filesystem& files);

}  // namespace citus_init::render
