#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::network {

// One target of a service (RFC 2782).
struct ServiceTarget {
    std::string host;  // without the final dot
    std::uint16_t port = 0;
    int priority = 0;  // lower is preferred
    int weight = 0;
    bool operator==(const ServiceTarget&) const = default;
};

// The port for what names mean. An empty answer says that there is nothing under that name; an
// error (`unavailable`) that nobody could be asked, which says nothing about the name. Blocks, and
// longer than anybody can bound from within (getaddrinfo(3)): to be called through call_within(),
// and never by PID 1. tests/support has the fake, and one contract test runs on both.
class Resolver {
  public:
    virtual ~Resolver() = default;

    // IPv4 and IPv6 addresses of a name as text, without duplicates; of an address itself.
    [[nodiscard]] virtual Result<std::vector<std::string>> addresses_of(
        const std::string& name) const = 0;
    // The names that an address has, without the final dot; none for what is no address. They are
    // what the address's owner says: only a name that leads back to the address is worth anything.
    [[nodiscard]] virtual Result<std::vector<std::string>> names_of(
        const std::string& address) const = 0;
    [[nodiscard]] virtual Result<std::vector<ServiceTarget>> targets_of(
        const std::string& service) const = 0;
};

// The machine's own. Addresses come from getaddrinfo(3), so from where libpq gets them, /etc/hosts
// included. Names and services are asked of the name server itself: in a container /etc/hosts maps
// its own address to the container's id, which is another one after it was made anew.
class SystemResolver final : public Resolver {
  public:
    // `server` "" : those of /etc/resolv.conf; else an IPv4 address, and its port.
    explicit SystemResolver(std::string server = {}, std::uint16_t port = 53)
        : server_(std::move(server)), port_(port) {}

    [[nodiscard]] Result<std::vector<std::string>> addresses_of(
        const std::string& name) const override;
    [[nodiscard]] Result<std::vector<std::string>> names_of(
        const std::string& address) const override;
    [[nodiscard]] Result<std::vector<ServiceTarget>> targets_of(
        const std::string& service) const override;

  private:
    std::string server_;
    std::uint16_t port_;
};

}  // namespace citus_init::network
