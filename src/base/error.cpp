#include "citus_init/base/error.h"

#include <cerrno>
#include <system_error>

#include <fmt/core.h>

namespace citus_init {

const char* exit_code_name(ExitCode code) {
    switch (code) {
        case ExitCode::ok:
            return "ok";
        case ExitCode::not_done:
            return "not done";
        case ExitCode::usage:
            return "usage";
        case ExitCode::data_directory:
            return "data directory";
        case ExitCode::unavailable:
            return "unavailable";
        case ExitCode::software:
            return "bug";
        case ExitCode::os:
            return "cannot spawn";
        case ExitCode::cannot_create:
            return "cannot create";
        case ExitCode::io:
            return "I/O";
        case ExitCode::locked:
            return "locked";
        case ExitCode::identity:
            return "identity";
        case ExitCode::permission:
            return "permission";
        case ExitCode::config:
            return "config";
    }
    return "unknown";
}

Error errno_error(std::string what, int error_number, ExitCode otherwise) {
    ExitCode code = otherwise;
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EIO) {
        code = ExitCode::io;
    } else if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
        code = ExitCode::permission;
    }
    const char* fix =
        error_number == EROFS ? " (mount a volume or a tmpfs there, or mount it without `ro`)" : "";
    return Error{code,
                 fmt::format("{}: {}{}", what, std::generic_category().message(error_number), fix)};
}

}  // namespace citus_init
