#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/network/resolver.h"

#include "network/add_once.h"
#include "network/address.h"
#include "network/dns_answer.h"

namespace citus_init::network {

namespace {

// A reverse zone that nobody answers for is common: one second, once for each server.
constexpr int kQuerySeconds = 1;
constexpr int kQueryAttempts = 1;
constexpr std::size_t kLargestMessage = 65536;

enum class SearchDomains { no, yes };

// The resolver's state, closed at the end.
class Queries {
  public:
    Queries(const std::string& server, std::uint16_t port) {
        usable_ = ::res_ninit(&state_) == 0;
        state_.retrans = kQuerySeconds;
        state_.retry = kQueryAttempts;
        in_addr address{};
        if (usable_ && ::inet_pton(AF_INET, server.c_str(), &address) == 1) {
            state_.nscount = 1;
            state_.nsaddr_list[0] = {};
            state_.nsaddr_list[0].sin_family = AF_INET;
            state_.nsaddr_list[0].sin_port = htons(port);
            state_.nsaddr_list[0].sin_addr = address;
        }
    }
    Queries(const Queries&) = delete;
    Queries& operator=(const Queries&) = delete;
    ~Queries() {
        if (usable_) {
            ::res_nclose(&state_);
        }
    }

    Result<std::vector<DnsRecord>> ask(const std::string& name, RecordType type,
                                       SearchDomains search) {
        constexpr int kInternet = 1;
        if (!usable_) {
            return fail(ExitCode::unavailable, "the resolver cannot be set up");
        }
        std::vector<unsigned char> message(kLargestMessage);
        const auto query = search == SearchDomains::yes ? ::res_nsearch : ::res_nquery;
        const int length = query(&state_, name.c_str(), kInternet, static_cast<int>(type),
                                 message.data(), static_cast<int>(message.size()));
        if (length < 0) {
            if (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA) {
                return std::vector<DnsRecord>{};
            }
            return fail(ExitCode::unavailable, fmt::format("cannot ask for \"{}\": {}", name,
                                                           ::hstrerror(state_.res_h_errno)));
        }
        message.resize(std::min(message.size(), static_cast<std::size_t>(length)));
        auto records = parse_dns_answer(message, type);
        if (!records) {
            return fail(ExitCode::unavailable,
                        fmt::format("the answer about \"{}\" is malformed", name));
        }
        return *std::move(records);
    }

  private:
    struct __res_state state_ {};
    bool usable_ = false;
};

}  // namespace

Result<std::vector<std::string>> SystemResolver::addresses_of(const std::string& name) const {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    if (code == EAI_NONAME || code == EAI_NODATA || code == EAI_ADDRFAMILY) {
        return std::vector<std::string>{};
    }
    if (code != 0) {
        return fail(ExitCode::unavailable,
                    fmt::format("cannot resolve \"{}\": {}", name,
                                code == EAI_SYSTEM ? ::strerror(errno) : ::gai_strerror(code)));
    }
    std::vector<std::string> addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        if (std::string text = address_text(*entry->ai_addr); !text.empty()) {
            add_once(addresses, std::move(text));
        }
    }
    return addresses;
}

Result<std::vector<std::string>> SystemResolver::names_of(const std::string& address) const {
    std::vector<std::string> names;
    const std::string reverse = reverse_name(address);
    if (reverse.empty()) {
        return names;
    }
    auto records = Queries(server_, port_).ask(reverse, RecordType::ptr, SearchDomains::no);
    if (!records) {
        return fail(records.error());
    }
    for (const auto& record : *records) {
        if (!record.name.empty()) {
            add_once(names, record.name);
        }
    }
    return names;
}

Result<std::vector<ServiceTarget>> SystemResolver::targets_of(const std::string& service) const {
    auto records = Queries(server_, port_).ask(service, RecordType::srv, SearchDomains::yes);
    if (!records) {
        return fail(records.error());
    }
    std::vector<ServiceTarget> targets;
    for (auto& record : *records) {
        // "." says that the service is decidedly not here (RFC 2782).
        if (!record.name.empty() && record.name != ".") {
            targets.push_back(
                {std::move(record.name), record.port, record.priority, record.weight});
        }
    }
    return targets;
}

}  // namespace citus_init::network
