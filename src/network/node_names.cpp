#include "citus_init/network/node_names.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "network/add_once.h"
#include "network/address.h"

namespace citus_init::network {

namespace {

bool is_link_local(const std::string& address) {
    return address.starts_with("169.254.") || address.starts_with("fe80:");
}

}  // namespace

std::vector<std::string> own_addresses() {
    ifaddrs* found = nullptr;
    if (::getifaddrs(&found) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, ::freeifaddrs);
    std::vector<std::string> addresses;
    for (const ifaddrs* entry = found; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        const std::string text = address_text(*entry->ifa_addr);
        if (!text.empty() && !is_link_local(text)) {
            add_once(addresses, text);
        }
    }
    return addresses;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

Result<std::optional<std::string>> stable_name_of(const Resolver& resolver,
                                                  const std::string& address) {
    auto names = resolver.names_of(address);
    if (!names) {
        return fail(names.error());
    }
    std::sort(names->begin(), names->end());
    std::optional<Error> not_asked;
    for (const auto& name : *names) {
        if (!is_host_name(name)) {
            continue;
        }
        const auto addresses = resolver.addresses_of(name);
        if (!addresses) {
            not_asked = addresses.error();
        } else if (std::find(addresses->begin(), addresses->end(), address) != addresses->end()) {
            return name;
        }
    }
    if (not_asked) {
        return fail(*not_asked);
    }
    return std::nullopt;
}

Result<std::optional<std::string>> stable_name_of_any(const Resolver& resolver,
                                                      const std::vector<std::string>& addresses) {
    std::optional<Error> not_asked;
    for (const auto& address : addresses) {
        auto name = stable_name_of(resolver, address);
        if (!name) {
            not_asked = name.error();
        } else if (*name) {
            return *name;
        }
    }
    if (not_asked) {
        return fail(*not_asked);
    }
    return std::nullopt;
}

std::vector<std::string> names_of_node(const Resolver& resolver, const std::string& host_name,
                                       const std::vector<std::string>& addresses) {
    std::vector<std::string> names{host_name};
    for (const auto& address : addresses) {
        const auto name = stable_name_of(resolver, address);
        if (name && *name) {
            add_once(names, **name);
        }
    }
    for (const auto& address : addresses) {
        add_once(names, address);
    }
    return names;
}

}  // namespace citus_init::network
