#include "restore/base_backup_copy.h"

#include <chrono>
#include <string_view>

#include "citus_init/backup/backup_output.h"
#include "citus_init/base/log.h"

namespace citus_init::restore {

namespace {

// A line for each ten seconds of copying.
class Progress {
  public:
    void read(std::string_view piece) {
        constexpr std::chrono::seconds kPause{10};
        constexpr double kPermille = 10;
        output_.read(piece);
        if (Clock::now() - last_ >= kPause) {
            last_ = Clock::now();
            log::info("restored {:.0f} % of the base backup", output_.permille() / kPermille);
        }
    }

  private:
    using Clock = std::chrono::steady_clock;

    backup::BackupOutput output_;
    Clock::time_point last_ = Clock::now();
};

}  // namespace

Result<backup::Run> copy_base_backup(backup::Runner& runner, const BaseBackupCopy& copy) {
    constexpr std::chrono::hours kLongest{24 * 20};
    Progress progress;
    backup::Command command;
    command.arguments = {"--stanza=" + copy.stanza, "--pg1-path=" + copy.directory,
                         "--set=" + copy.label, "--log-level-console=detail"};
    // `none` takes no timeline.
    command.arguments.emplace_back(copy.timeline ? "--type=standby" : "--type=none");
    if (copy.timeline) {
        command.arguments.push_back("--target-timeline=" + std::to_string(*copy.timeline));
    }
    if (copy.has_files) {
        command.arguments.emplace_back("--delta");
    }
    command.arguments.emplace_back("restore");
    command.on_output = [&progress](std::string_view piece) { progress.read(piece); };
    return runner.run(command, kLongest, {});
}

}  // namespace citus_init::restore
