#include "network/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace citus_init::network {

std::optional<std::vector<unsigned char>> address_bytes(const std::string& text) {
    constexpr std::size_t kIpv4 = 4;
    constexpr std::size_t kIpv6 = 16;
    std::vector<unsigned char> bytes(kIpv6);
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        bytes.resize(kIpv4);
        return bytes;
    }
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    return std::nullopt;
}

std::string address_text(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    } else if (address.sa_family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    }
    return bytes != nullptr &&
                   ::inet_ntop(address.sa_family, bytes, text.data(), text.size()) != nullptr
               ? text.data()
               : "";
}

bool is_host_name(const std::string& name) {
    constexpr std::size_t kLongestName = 253;
    return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "._-") == std::string::npos;
}

std::string reverse_name(const std::string& address) {
    auto bytes = address_bytes(address);
    if (!bytes) {
        return "";
    }
    std::reverse(bytes->begin(), bytes->end());
    std::string name;
    if (bytes->size() == sizeof(in_addr)) {
        for (const unsigned byte : *bytes) {
            name += fmt::format("{}.", byte);
        }
        return name + "in-addr.arpa";
    }
    for (const unsigned byte : *bytes) {
        name += fmt::format("{:x}.{:x}.", byte & 0xfU, byte >> 4U);
    }
    return name + "ip6.arpa";
}

}  // namespace citus_init::network
