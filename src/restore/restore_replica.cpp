#include "citus_init/restore/restore_replica.h"

#include <chrono>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/client/child_runner.h"
#include "citus_init/backup/failure.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"

#include "restore/base_backup_copy.h"
#include "restore/leader.h"
#include "restore/restored_files.h"

namespace citus_init::restore {

namespace {

using Arguments = std::map<std::string, std::string>;

Arguments parse_arguments(const std::vector<std::string>& words) {
    Arguments arguments;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (word.starts_with("--") && equals != std::string::npos) {
            arguments[word.substr(2, equals - 2)] = word.substr(equals + 1);
        }
    }
    return arguments;
}

class ReplicaRestore {
  public:
    explicit ReplicaRestore(Arguments arguments)
        : arguments_(std::move(arguments)),
          stanza_(arguments_["stanza"]),
          directory_(arguments_["datadir"]),
          runner_(backup::make_child_runner(arguments_["configuration"])) {}

    [[nodiscard]] Status run() {
        if (stanza_.empty() || directory_.empty()) {
            return fail(ExitCode::usage, "--stanza= and --datadir= are expected");
        }
        const auto label = choose();
        if (!label) {
            return fail(label.error());
        }
        log::info("making this replica from the base backup {} of {} in {}", *label, stanza_,
                  arguments_["repository"]);
        CITUS_INIT_TRY(copy(*label));
        if (const auto& wal = arguments_["wal-directory"]; !wal.empty()) {
            CITUS_INIT_TRY(move_wal(directory_, wal));
        }
        CITUS_INIT_TRY(replace_file(arguments_["source-note"], *label, 0600));
        log::info(
            "this replica is made from the base backup {}; it reads what came later from the "
            "repository and from its leader",
            *label);
        return {};
    }

  private:
    [[nodiscard]] Result<std::string> choose() {
        constexpr std::chrono::seconds kDeadline{60};
        const auto run = runner_->run(
            {{"--stanza=" + stanza_, "--io-timeout=10", "--output=json", "info"}}, kDeadline, {});
        if (!run) {
            return fail(run.error());
        }
        if (!run->succeeded()) {
            return fail(failed(*run));
        }
        const auto info = backup::parse_stanza_info(run->output, stanza_);
        if (!info || info->latest() == nullptr) {
            return fail(ExitCode::unavailable,
                        fmt::format("the repository has no base backup of {}", stanza_));
        }
        const auto leader = read_leader(arguments_["connstring"]);
        if (!leader) {
            return fail(leader.error());
        }
        CITUS_INIT_TRY(check_identifier(info->databases.back().system_identifier, *leader));
        const auto* chosen = info->latest_for(leader->wal);
        if (chosen == nullptr) {
            return fail(ExitCode::not_done,
                        fmt::format("no base backup of {} leads to the leader's timeline {}: make "
                                    "one by `citus-init backup --type full`",
                                    stanza_, leader->timeline));
        }
        const auto before = RealFilesystem().read(arguments_["source-note"]);
        if (before && *before == chosen->label) {
            return fail(ExitCode::not_done,
                        fmt::format("the replica that was made from the base backup {} before did "
                                    "not come to follow its leader",
                                    chosen->label));
        }
        return chosen->label;
    }

    [[nodiscard]] Status check_identifier(const std::string& of_stanza, const Leader& leader) {
        return leader.system_identifier == of_stanza
                   ? Status()
                   : fail(ExitCode::identity,
                          fmt::format("the stanza {} belongs to another cluster (system identifier "
                                      "{}, the leader has {})",
                                      stanza_, of_stanza, leader.system_identifier));
    }

    // Without recovery settings of pgBackRest's: Patroni writes them.
    [[nodiscard]] Status copy(const std::string& label) {
        CITUS_INIT_TRY(make_private_directory(directory_));
        const auto names = RealFilesystem().list(directory_);
        const auto run =
            copy_base_backup(*runner_, {stanza_, label, directory_, names && !names->empty()});
        if (!run) {
            return fail(run.error());
        }
        return run->succeeded() ? Status() : Status(fail(failed(*run)));
    }

    Error failed(const backup::Run& run) {
        return {ExitCode::unavailable,
                text_of(backup::failure_of(
                    run, {stanza_, arguments_["repository"], arguments_["configuration"]}))};
    }

    Arguments arguments_;
    std::string stanza_;
    std::string directory_;
    std::unique_ptr<backup::Runner> runner_;
};

}  // namespace

int run_restore_replica(const std::vector<std::string>& arguments) {
    const Status done = ReplicaRestore(parse_arguments(arguments)).run();
    if (done) {
        return 0;
    }
    log::warning("this replica is not made from the repository: {}", done.error().message);
    return static_cast<int>(done.error().code);
}

}  // namespace citus_init::restore
