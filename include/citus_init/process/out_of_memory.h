#pragma once

#include <optional>
#include <string>
#include <vector>

namespace citus_init::process {

// Who the kernel's out-of-memory killer shall take: a backend, whose loss PostgreSQL survives,
// before the postmaster or PID 1, whose loss ends the container.
struct OutOfMemoryScores {
    int own = 0;       // ours from now on, inherited by the postmaster
    int backends = 0;  // for the postmaster's children, above `own`

    // PG_OOM_ADJUST_FILE and PG_OOM_ADJUST_VALUE, which the postmaster obeys in every child that it
    // forks (src/backend/postmaster/fork_process.c). For the postmaster's environment.
    std::vector<std::string> postmaster_environment() const;
};

// Lowers our score to -900 where that is permitted (CAP_SYS_RESOURCE), so that backends keep the
// one that the container was given; else keeps it and raises the backends' by 200, which needs no
// right. -900, not -1000: if we are the ones who leak, a container that cannot be killed would
// hang. None where /proc lacks it or is read-only. Before step_down(), which closes the file
// to us.
std::optional<OutOfMemoryScores> adjust_out_of_memory_score();

// Whether the cgroup is killed as a whole (memory.oom.group, Kubernetes 1.28 and later set it),
// which no score can prevent: to be warned of. False for cgroup v1 and where nothing can be read.
bool killed_as_a_group(const std::string& cgroup_directory = "/sys/fs/cgroup");

}  // namespace citus_init::process
