#include "citus_init/private_server/socket_directory.h"

#include <stdlib.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/postgres/directories.h"

namespace citus_init::private_server {

namespace {

bool is_plain(const std::string& path) {
    constexpr std::size_t kLongest = 70;
    return path.size() <= kLongest && std::all_of(path.begin(), path.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

Result<SocketDirectory> SocketDirectory::make(const std::string& run_directory) {
    std::string path;
    for (const std::string& parent : {run_directory, std::string("/tmp")}) {
        std::string pattern = parent + "/private-XXXXXX";
        if (is_plain(parent) && ::mkdtemp(pattern.data()) != nullptr) {
            path = pattern;
            break;
        }
    }
    if (path.empty()) {
        return fail(errno_error(
            fmt::format("cannot make a directory for sockets below \"{}\" or /tmp", run_directory),
            errno, ExitCode::cannot_create));
    }
    SocketDirectory directory(path);
    CITUS_INIT_TRY(replace_file(directory.socket().hba_file, "local all all trust\n", 0600));
    return directory;
}

SocketDirectory::SocketDirectory(SocketDirectory&& other) noexcept
    : path_(std::exchange(other.path_, "")) {}

SocketDirectory::~SocketDirectory() {
    if (!path_.empty()) {
        static_cast<void>(postgres::remove_tree(path_));
    }
}

}  // namespace citus_init::private_server
