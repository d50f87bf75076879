#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/private_server/server_arguments.h"

namespace citus_init::private_server {

// A directory of its own for the sockets of private servers, and in it a pg_hba.conf that
// lets in who can enter the directory: our own user, and root. Removed with this object.
class SocketDirectory {
  public:
    // Below `run_directory`, or /tmp where that cannot be: the path of a socket has at most 107
    // bytes, and pg_upgrade hands it to a shell. Errors: `cannot_create`.
    [[nodiscard]] static Result<SocketDirectory> make(const std::string& run_directory);
    SocketDirectory(SocketDirectory&& other) noexcept;
    SocketDirectory& operator=(SocketDirectory&&) = delete;
    SocketDirectory(const SocketDirectory&) = delete;
    SocketDirectory& operator=(const SocketDirectory&) = delete;
    ~SocketDirectory();

    PrivateSocket socket() const { return {path_, path_ + "/pg_hba.conf"}; }

  private:
    explicit SocketDirectory(std::string path) : path_(std::move(path)) {}

    std::string path_;  // "" = moved from
};

}  // namespace citus_init::private_server
