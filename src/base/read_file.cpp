#include "citus_init/base/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/fd.h"

namespace citus_init {

namespace {

const char* type_name(mode_t type) {
    switch (type & static_cast<mode_t>(S_IFMT)) {
        case S_IFIFO:
            return "a FIFO";
        case S_IFCHR:
        case S_IFBLK:
            return "a device";
        case S_IFSOCK:
            return "a socket";
        default:
            return "something else";
    }
}

Result<std::string> read_to_end(const Fd& fd, const std::string& path, std::size_t limit) {
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
        }
        if (count == 0) {
            return content;
        }
        if (static_cast<std::size_t>(count) > limit - content.size()) {
            return fail(too_large_error(path, limit));
        }
        content.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Error not_regular_error(const std::string& path, mode_t type) {
    if (S_ISDIR(type)) {
        return errno_error(fmt::format("cannot read \"{}\"", path), EISDIR);
    }
    return Error{ExitCode::config,
                 fmt::format("cannot read \"{}\": {}, not a regular file", path, type_name(type))};
}

Error too_large_error(const std::string& path, std::size_t limit) {
    constexpr std::size_t kKilobyte = 1024;
    return Error{ExitCode::config,
                 fmt::format("cannot read \"{}\": larger than {} kB", path, limit / kKilobyte)};
}

Result<std::string> read_regular_file(const std::string& path, std::size_t limit) {
    struct stat info {};
    // Opening a device can do something by itself, so what it is comes first.
    if (::stat(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd || ::fstat(fd.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    if (static_cast<std::size_t>(info.st_size) > limit) {
        return fail(too_large_error(path, limit));
    }
    return read_to_end(fd, path, limit);
}

}  // namespace citus_init
