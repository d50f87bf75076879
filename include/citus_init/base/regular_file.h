#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init {

// A regular file, for reading; symbolic links are followed. Never waits for a peer: a FIFO, a
// device, a socket is refused before it is opened, and the descriptor is non-blocking should it
// become one in between. Errors: not_regular_error(), else from errno; the message names the path.
[[nodiscard]] Result<Fd> open_regular_file(const std::string& path);

// Gives `take` one part of at most `size` bytes after the other, to the end of the file; ends at
// its first error. Errors: its own, else from errno, naming `path`.
[[nodiscard]] Status read_parts(const Fd& file, const std::string& path, std::size_t size,
                                const std::function<Status(std::string_view part)>& take);

}  // namespace citus_init
