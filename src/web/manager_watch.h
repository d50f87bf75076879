#pragma once

#include <mutex>
#include <string>
#include <thread>

#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::web {

// With Patroni: asks it every few seconds whether it hangs, in a thread of its own, since that
// blocks. Without: nothing.
class ManagerWatch {
  public:
    // `environment` outlives it.
    ManagerWatch(const settings::Environment& environment, const settings::Settings& settings);

    // Why it is taken for hung, as of the last time; "" = it is not. Any thread; never blocks.
    std::string hung() const;

  private:
    mutable std::mutex mutex_;
    std::string hung_;
    std::jthread thread_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::web
