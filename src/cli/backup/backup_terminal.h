#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/process/signals.h"

#include "cli/backup/backup_report.h"
#include "cli/cluster/progress_display.h"

namespace citus_init::cli {

// On stderr; a signal ends it.
class BackupTerminal final : public backup::Observer {
  public:
    [[nodiscard]] bool stopped_within(std::chrono::milliseconds pause) override {
        return process::end_is_wanted_within(pause);
    }

    void message(const std::string& text) override { display_.say_below(text); }

    void progress(const std::vector<backup::GroupBackup>& groups) override {
        const double fraction = progress_fraction(groups);
        display_.show(fraction, progress_line(groups), std::chrono::steady_clock::now(),
                      fraction >= 1);
    }

    void end() { display_.end(); }

  private:
    ProgressDisplay display_;
};

}  // namespace citus_init::cli
