#include "citus_init/base/durability.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/fd.h"

namespace citus_init {

Status sync_file_system(const std::string& directory) {
    const Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::syncfs(opened.get()) != 0) {
        return fail(errno_error(fmt::format("cannot sync \"{}\"", directory), errno));
    }
    return {};
}

}  // namespace citus_init
