#include "citus_init/network/discovery.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/network/bounded_call.h"
#include "citus_init/network/node_names.h"

#include "network/add_once.h"
#include "network/address.h"

namespace citus_init::network {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_own_address(const std::string& address, const Self& self) {
    return contains(self.addresses, address) || address == "127.0.0.1" || address == "::1";
}

Error nothing_under(const DiscoveryQuery& query) {
    return {ExitCode::unavailable,
            fmt::format("the resolver has {} \"{}\"",
                        query.kind == QueryKind::service ? "no service" : "no addresses for",
                        query.name)};
}

Result<Discovered> discover_addresses(const Resolver& resolver, const DiscoveryQuery& query,
                                      const Self& self, const KnownNames& known) {
    auto addresses = resolver.addresses_of(query.name);
    if (!addresses) {
        return fail(addresses.error());
    }
    if (addresses->empty()) {
        return fail(nothing_under(query));
    }
    std::sort(addresses->begin(), addresses->end(), [](const auto& left, const auto& right) {
        const auto key = [](const std::string& text) {
            auto bytes = address_bytes(text).value_or(std::vector<unsigned char>());
            return std::pair(bytes.size(), std::move(bytes));
        };
        return key(left) < key(right);
    });
    Discovered found;
    for (const auto& address : *addresses) {
        if (query.port == self.port && is_own_address(address, self)) {
            continue;
        }
        const auto name = stable_name_of(resolver, address);
        const auto before = known.find(address);
        std::string host = address;
        if (name) {
            host = name->value_or(address);
        } else if (before != known.end()) {
            host = before->second;
        }
        found.names[address] = host;
        add_once(found.endpoints, HostPort{host, query.port});
    }
    return found;
}

bool is_own_target(const Resolver& resolver, const ServiceTarget& target, const Self& self) {
    if (target.port != self.port) {
        return false;
    }
    if (contains(self.names, target.host)) {
        return true;
    }
    const auto addresses = resolver.addresses_of(target.host);
    return addresses && std::any_of(addresses->begin(), addresses->end(), [&](const auto& address) {
               return is_own_address(address, self);
           });
}

Result<Discovered> discover_service(const Resolver& resolver, const DiscoveryQuery& query,
                                    const Self& self) {
    auto targets = resolver.targets_of(query.name);
    if (!targets) {
        return fail(targets.error());
    }
    if (targets->empty()) {
        return fail(nothing_under(query));
    }
    std::sort(targets->begin(), targets->end(), [](const auto& left, const auto& right) {
        return std::tie(left.priority, right.weight, left.host, left.port) <
               std::tie(right.priority, left.weight, right.host, right.port);
    });
    Discovered found;
    for (const auto& target : *targets) {
        if (is_host_name(target.host) && !is_own_target(resolver, target, self)) {
            add_once(found.endpoints, HostPort{target.host, target.port});
        }
    }
    return found;
}

// Between the child that asks and its parent: the outcome's word, then a line for each thing found.
// There are no tabs and newlines in names, addresses and ports.
std::string encode(const Result<Discovered>& found) {
    if (!found) {
        return "failed\n" + found.error().message;
    }
    std::string text = "found";
    for (const auto& [host, port] : found->endpoints) {
        text += fmt::format("\n{}\t{}", host, port);
    }
    for (const auto& [address, name] : found->names) {
        text += fmt::format("\n{}\t{}\tname", address, name);
    }
    return text;
}

Result<Discovered> decode(const std::string& text) {
    constexpr int kLargestPort = 65535;
    auto lines = split(text, '\n');
    if (lines.front() != "found") {
        lines.erase(lines.begin());
        return fail(ExitCode::unavailable, join(lines, " "));
    }
    Discovered found;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto fields = split(lines[i], '\t');
        if (fields.size() == 3) {
            found.names[fields[0]] = fields[1];
            continue;
        }
        const auto port = parse_integer(fields.back(), 0, kLargestPort).value_or(0);
        found.endpoints.push_back({fields.front(), static_cast<std::uint16_t>(port)});
    }
    return found;
}

}  // namespace

Result<Discovered> discover(const Resolver& resolver, const DiscoveryQuery& query, const Self& self,
                            const KnownNames& known) {
    switch (query.kind) {
        case QueryKind::addresses:
            return discover_addresses(resolver, query, self, known);
        case QueryKind::service:
            return discover_service(resolver, query, self);
    }
    return fail(ExitCode::software, "unknown kind of discovery");
}

const Discovery::Answer& Discovery::probe(const Self& self) {
    const auto text =
        call_within(deadline_, [&] { return encode(discover(resolver_, query_, self, names_)); });
    auto found = text ? decode(*text) : Result<Discovered>(fail(text.error()));
    answer_.complete = found.has_value();
    if (found) {
        names_ = std::move(found->names);
        answer_.endpoints = std::move(found->endpoints);
        answer_.problem.clear();
    } else {
        answer_.problem = found.error().message;
    }
    return answer_;
}

}  // namespace citus_init::network
