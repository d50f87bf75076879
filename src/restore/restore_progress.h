#pragma once

#include <chrono>
#include <string_view>

#include "citus_init/backup/backup_output.h"
#include "citus_init/base/log.h"

namespace citus_init::restore {

// Logs a line for each ten seconds of copying.
class RestoreProgress {
  public:
    // A piece of what `pgbackrest restore` prints.
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

}  // namespace citus_init::restore
