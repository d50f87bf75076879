#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "citus_init/base/fd.h"

namespace citus_init::network::test {

// Record data as DNS has it.
std::string dns_name(const std::string& name);
std::string dns_service(int priority, int weight, int port, const std::string& host);

// A DNS message that answers `question` (a whole query) with these records of `type`.
std::string dns_answer(const std::string& question, int type,
                       const std::vector<std::string>& records);

// A name server on 127.0.0.1, in a thread: answers what it knows, NXDOMAIN for the rest, and
// nothing at all about names that contain "silent".
class NameServer {
  public:
    // (lower-case name without the final dot, type) -> record data
    using Records = std::map<std::pair<std::string, int>, std::vector<std::string>>;

    explicit NameServer(Records records);
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    ~NameServer();

    std::uint16_t port() const { return port_; }

  private:
    void serve() const;

    Records records_;
    Fd socket_;
    Fd stop_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace citus_init::network::test
