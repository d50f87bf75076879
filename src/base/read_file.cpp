#include "citus_init/base/read_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/regular_file.h"

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
    constexpr std::size_t kPart = 16384;
    const auto file = open_regular_file(path);
    if (!file) {
        return fail(file.error());
    }
    std::string content;
    CITUS_INIT_TRY(read_parts(*file, path, kPart, [&](std::string_view part) {
        if (part.size() > limit - content.size()) {
            return Status(fail(too_large_error(path, limit)));
        }
        content.append(part);
        return Status();
    }));
    return content;
}

}  // namespace citus_init
