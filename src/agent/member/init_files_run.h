#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/result.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/process/exit_status.h"

namespace citus_init::agent {

// The bash that runs the init files, as a child of this program and in a process group of its own,
// which ends with this object. Should this program be killed, the shell is, too; what it runs then
// ends its file at most. For the thread that made it, which has to live as long.
class InitFilesRun {
  public:
    // `left_out`: names of files that do not run. Errors: `os`.
    [[nodiscard]] static Result<InitFilesRun> start(const AgentContext& context,
                                                    const std::vector<std::string>& left_out);
    InitFilesRun(InitFilesRun&& other) noexcept;
    InitFilesRun& operator=(InitFilesRun&&) = delete;
    ~InitFilesRun();

    // Checks whether it has ended. Never blocks.
    void probe();

    bool has_ended() const { return ended_.has_value(); }
    // "" while it runs, and once all files have succeeded.
    const std::string& failure() const { return failure_; }
    // As of the last probe.
    const postgres::InitFilesProgress& progress() const { return progress_; }

  private:
    InitFilesRun(postgres::InitFilesLaunch launch, pid_t pid)
        : launch_(std::move(launch)), pid_(pid) {}

    postgres::InitFilesLaunch launch_;
    pid_t pid_;  // 0: not ours
    std::optional<process::ExitStatus> ended_;
    std::string failure_;
    postgres::InitFilesProgress progress_;
};

}  // namespace citus_init::agent
