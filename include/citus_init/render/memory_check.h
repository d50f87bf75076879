#pragma once

#include <optional>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

// Bytes of a size as PostgreSQL reads it ("64GB", "8192": in `unit` bytes). None: no size.
std::optional<double> size_in_bytes(std::string_view text, double unit);

// What shared_buffers asks for against what there is, as `files` shows (/proc/meminfo,
// /proc/sys/vm/overcommit_memory, the cgroup's memory.max).
struct MemoryFindings {
    std::optional<settings::Problem> problem;  // the kernel refuses the mapping: the start fails
    std::optional<settings::Problem> doubt;    // it would not fit once it is used
};
MemoryFindings check_shared_buffers(const GucStack& stack, const Filesystem& files);

}  // namespace citus_init::render
