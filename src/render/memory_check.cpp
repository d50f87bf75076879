#include "citus_init/render/memory_check.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/base/control_group.h"
#include "citus_init/base/machine_memory.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"

#include "problem_at.h"

namespace citus_init::render {

namespace {

std::string in_megabytes(double bytes) {
    return fmt::format("{:.0f} MB", bytes / kMegabyte);
}

// An enum, whose words are those of a boolean and "try".
bool has_huge_pages(const GucStack& stack) {
    return parse_guc_boolean(stack.effective("huge_pages")).value_or(false);
}

}  // namespace

MemoryFindings check_shared_buffers(const GucStack& stack, const Filesystem& files) {
    const auto layers = stack.explain("shared_buffers");
    const double wanted =
        layers.empty() ? 0 : size_in_bytes(layers.back().value, kBlock).value_or(0);
    const auto text = files.read("/proc/meminfo");
    if (wanted <= 0 || !text || has_huge_pages(stack)) {
        return {};  // huge pages are set aside before, and counted apart
    }
    const LayeredValue& given = layers.back();
    MemoryFindings findings;
    const auto total = meminfo_bytes(*text, "MemTotal:");
    // The kernel's heuristic (0): no single mapping larger than all memory and swap.
    const bool is_strict = trim(files.read("/proc/sys/vm/overcommit_memory").value_or("")) != "1";
    const double swap = meminfo_bytes(*text, "SwapTotal:").value_or(0);
    if (total && is_strict && wanted > *total + swap) {
        findings.problem = problem_at(
            given.origin, given.value,
            fmt::format("is more than this machine's memory ({}), so the server cannot start",
                        in_megabytes(*total + swap)),
            "Lower it: a quarter of the memory is usual");
        return findings;
    }
    if (const auto limit = memory_limit([&](const std::string& path) { return files.read(path); });
        limit && wanted > limit->amount) {
        findings.doubt = problem_at(
            given.origin, given.value,
            fmt::format("is more than this container's memory ({}): the server is killed once it "
                        "uses it",
                        in_megabytes(limit->amount)),
            "Lower it: a quarter of the memory is usual");
    }
    return findings;
}

}  // namespace citus_init::render
