#pragma once

#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init::process {

// A file without a directory entry (memfd_create(2)), close-on-exec, holding `content`, at its
// beginning; `name` is for messages. Whoever inherits its descriptor N reads it there or opens it
// as /dev/fd/N; it is gone with the last descriptor. Errors: `os`.
[[nodiscard]] Result<Fd> make_memory_file(const char* name, std::string_view content);

}  // namespace citus_init::process
