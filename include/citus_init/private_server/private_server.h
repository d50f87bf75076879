#pragma once

#include <sys/types.h>

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/private_server/server_arguments.h"

namespace citus_init::private_server {

// A server for our own sessions only. Its end is that of this object,
// by an immediate shutdown where stop() was not called.
class PrivateServer {
  public:
    // Returns when it accepts connections, recovery included, however long that takes. Its log is
    // appended to `log_path`. Errors: `data_directory`, with the last lines of the log.
    [[nodiscard]] static Result<PrivateServer> start(const ClusterPlace& place,
                                                     const PrivateSocket& socket,
                                                     const std::string& log_path);
    PrivateServer(PrivateServer&& other) noexcept;
    PrivateServer& operator=(PrivateServer&&) = delete;
    PrivateServer(const PrivateServer&) = delete;
    PrivateServer& operator=(const PrivateServer&) = delete;
    ~PrivateServer();

    // A fast shutdown, waited for. Error: `data_directory`, it did not shut down cleanly.
    [[nodiscard]] Status stop();

  private:
    PrivateServer(pid_t pid, std::string data_directory, std::string log_path);
    [[nodiscard]] Status wait_until_ready(const std::string& socket_directory);

    pid_t pid_ = 0;  // 0: it has ended
    std::string data_directory_;
    std::string log_path_;
};

// How to reach one, as `user`.
citus::ConnectionTarget target_of(const PrivateSocket& socket, const std::string& user);

}  // namespace citus_init::private_server
