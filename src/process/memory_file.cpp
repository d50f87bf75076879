#include "citus_init/process/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/file.h"

namespace citus_init::process {

Result<Fd> make_memory_file(const char* name, std::string_view content) {
    Fd file(::memfd_create(name, MFD_CLOEXEC));
    if (!file) {
        return fail(
            errno_error(fmt::format("cannot make memory file \"{}\"", name), errno, ExitCode::os));
    }
    if (const Status written = write_all(file.get(), content, name); !written) {
        return fail(ExitCode::os, written.error().message);
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

}  // namespace citus_init::process
