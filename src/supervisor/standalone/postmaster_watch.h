#pragma once

#include <functional>
#include <memory>
#include <string>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::supervisor {

// Reports when postmaster.pid or one of the data directory's own configuration files was written or
// removed, by inotify(7) on the data directory. The server
// closes the file after each change of its status line (src/backend/utils/init/miscinit.c), so that
// readiness is an event and nothing polls. Blocks never.
class PostmasterWatch {
  public:
    [[nodiscard]] static Result<std::unique_ptr<PostmasterWatch>> create(
        process::EventLoop& loop, const std::string& data_directory, std::function<void()> changed);

    // For a server that is being stopped: nothing is reported any more. The kernel takes about 15
    // ms to let go of a watch, inside close() or exit() unless it was asked to before
    // (fsnotify_wait_marks_destroyed() waits for an SRCU grace period).
    void end();

  private:
    PostmasterWatch() = default;
    void drain();

    Fd inotify_;
    int mark_ = -1;
    process::Watch watch_;
    std::function<void()> changed_;
};

}  // namespace citus_init::supervisor
