#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::repository_host {

// What a child writes, given to `received` as it comes. Never blocks.
class OutputPipe {
  public:
    using Received = std::function<void(std::string_view)>;

    // The loop outlives it. Errors: `os`.
    [[nodiscard]] static Result<std::unique_ptr<OutputPipe>> create(process::EventLoop& loop,
                                                                    Received received);

    // For the child; closed by close_child_end() once it is started.
    int child_end() const { return writing_.get(); }
    void close_child_end() { writing_.reset(); }
    // What there is in it, for instance after the child's end.
    void drain();

  private:
    explicit OutputPipe(Received received) : received_(std::move(received)) {}

    Received received_;
    Fd reading_;
    Fd writing_;
    process::Watch watch_;
};

}  // namespace citus_init::repository_host
