#include "citus_init/process/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

namespace citus_init::process {

Status write_whole(int fd, std::string_view content, const std::string& name) {
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno != EINTR) {
            return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
        }
        content.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return {};
}

Result<Fd> make_memory_file(const char* name, std::string_view content) {
    Fd file(::memfd_create(name, MFD_CLOEXEC));
    if (!file) {
        return fail(
            errno_error(fmt::format("cannot make memory file \"{}\"", name), errno, ExitCode::os));
    }
    if (const Status written = write_whole(file.get(), content, name); !written) {
        return fail(ExitCode::os, written.error().message);
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

}  // namespace citus_init::process
