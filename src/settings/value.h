#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/text.h"
#include "citus_init/settings/settings.h"

namespace citus_init::settings {

// What is wrong with a value, to follow it in a sentence ("is not a port"), and what to do.
struct Complaint {
    std::string reason;
    std::string fix;
};

template <typename T>
using Parsed = tl::expected<T, Complaint>;

inline tl::unexpected<Complaint> complain(std::string reason, std::string fix) {
    return tl::unexpected<Complaint>(Complaint{std::move(reason), std::move(fix)});
}

// All of them forgive white space around the value; parse_choice and parse_boolean also case.

[[nodiscard]] Parsed<bool> parse_boolean(std::string_view text);
[[nodiscard]] Parsed<int> parse_whole_number(std::string_view text, int least, int most);
[[nodiscard]] Parsed<std::uint16_t> parse_port(std::string_view text);

// PostgreSQL's units (us, ms, s, min, h, d), a bare number means seconds.
[[nodiscard]] Parsed<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                               std::chrono::milliseconds least,
                                                               std::chrono::milliseconds most);

// Bytes: a number with one of B, kB, MB, GB, TB, of 1024; a bare number means bytes.
[[nodiscard]] Parsed<double> parse_memory(std::string_view text);
// More than none; parts of one are allowed.
[[nodiscard]] Parsed<double> parse_cpus(std::string_view text);

// A host name or an address without a port. An IPv6 address may stand in brackets, the result has
// none.
[[nodiscard]] Parsed<std::string> parse_host(std::string_view text);

// host[:port],... without duplicates; an IPv6 address with a port stands in brackets.
[[nodiscard]] Parsed<std::vector<HostPort>> parse_host_list(std::string_view text,
                                                            std::uint16_t default_port = 5432);

// [HOST]:PORT, or the port alone; without a host: every address, and the result's is "".
[[nodiscard]] Parsed<HostPort> parse_http_listen(std::string_view text);

// dns:NAME[:port] or srv:NAME.
[[nodiscard]] Parsed<WorkerDiscovery> parse_worker_discovery(std::string_view text);

// Both are UTF-8 without control characters: they go into files of lines, JSON and messages.
[[nodiscard]] Parsed<std::string> parse_absolute_path(std::string_view text);
// Of a role or a database, taken as it is.
[[nodiscard]] Parsed<std::string> parse_name(std::string_view text);

// Names and what they stand for, in the order of the reference.
template <typename T>
using Choices = std::vector<std::pair<std::string_view, T>>;

template <typename T>
std::vector<std::string_view> names_of(const Choices<T>& choices) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : choices) {
        names.push_back(name);
    }
    return names;
}

template <typename T>
[[nodiscard]] Parsed<T> parse_choice(std::string_view text, const Choices<T>& choices) {
    const std::string wanted = to_lower(trim(text));
    for (const auto& [name, value] : choices) {
        if (name == wanted) {
            return value;
        }
    }
    return complain("is not an allowed value", "Set it to " + either(names_of(choices)));
}

}  // namespace citus_init::settings
