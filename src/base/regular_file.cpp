#include "citus_init/base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/read_file.h"

namespace citus_init {

Result<Fd> open_regular_file(const std::string& path) {
    struct stat info {};
    // Opening a device can do something by itself, so what it is comes first.
    if (::stat(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file || ::fstat(file.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    return file;
}

Status read_parts(const Fd& file, const std::string& path, std::size_t size,
                  const std::function<Status(std::string_view part)>& take) {
    std::string buffer(size, '\0');
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
        }
        if (count == 0) {
            return {};
        }
        CITUS_INIT_TRY(take(std::string_view(buffer.data(), static_cast<std::size_t>(count))));
    }
}

}  // namespace citus_init
