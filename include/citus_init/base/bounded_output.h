#pragma once

#include <string_view>

namespace citus_init {

// A descriptor whose reader may be slow or gone, for whoever must not wait for it: process 1. Never
// throws. For one thread.
class BoundedOutput {
  public:
    explicit BoundedOutput(int descriptor) : descriptor_(descriptor) {}

    // Writes all of it, waiting for the reader 200 ms at most; after a wait in vain not at all,
    // until it takes something again. False: the rest is lost.
    bool write(std::string_view text);

  private:
    bool is_writable();

    int descriptor_;
    bool is_stalled_ = false;
};

}  // namespace citus_init
