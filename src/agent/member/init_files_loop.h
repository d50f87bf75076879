#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/citus/init_file_record.h"
#include "citus_init/citus/session.h"
#include "citus_init/status/condition.h"

#include "agent/member/init_files_assessment.h"
#include "agent/member/init_files_run.h"

namespace citus_init::agent {

// Runs /docker-entrypoint-initdb.d once for the whole cluster, on the leader of group 0. What was
// begun is recorded before it begins, in the database itself: its standbys know it as soon as they
// know what a file did.
class InitFilesLoop {
  public:
    // `context` outlives it.
    explicit InitFilesLoop(const AgentContext& context) : context_(context) {}

    // Of group 0, with a server that takes writes and has Citus. `no`: it is a standby.
    enum class Lead { yes, no, not_known };

    // To be called at each pass. `usable`: nothing else is waited for. Returns what clients have to
    // wait for; none: nothing.
    status::Condition pass(Lead lead, bool usable);

    // A run that failed or was interrupted, here or on another leader.
    const std::optional<ha::Finding>& finding() const { return finding_; }

  private:
    // Each may break the session.
    [[nodiscard]] citus::SqlResult<status::Condition> attempt(bool usable);
    [[nodiscard]] citus::SqlResult<status::Condition> settle(bool usable);
    [[nodiscard]] citus::SqlResult<void> record_progress();
    [[nodiscard]] citus::SqlResult<InitFilesState> read_state(citus::InitFileRecord& record,
                                                              std::vector<std::string> files);
    [[nodiscard]] citus::SqlResult<void> start(citus::InitFileRecord& record,
                                               const InitFilesAssessment& assessment);
    [[nodiscard]] citus::SqlResult<bool> open();
    void dismissed(const InitFilesState& state);
    status::Condition running() const;

    const AgentContext& context_;
    std::unique_ptr<citus::Session> session_;  // holds the lock
    std::optional<InitFilesRun> run_;
    std::string first_;         // of the run
    std::size_t recorded_ = 0;  // how many of its files are recorded as finished
    bool settled_ = false;      // for good
    std::optional<ha::Finding> finding_;
};

}  // namespace citus_init::agent
