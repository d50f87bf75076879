#include "settings/mesh_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <set>

#include <fmt/core.h>

namespace citus_init::settings {

namespace {

constexpr std::size_t kShortestSecret = 16;
constexpr std::size_t kFewestKinds = 8;
constexpr const char* kMakeOne =
    "Make one with `openssl rand -hex 32` and give it to every node, best by "
    "CITUS_CLUSTER_SECRET_FILE";

bool is_network(const std::string& text) {
    constexpr int kBitsOfIpv4 = 32;
    constexpr int kBitsOfIpv6 = 128;
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) {
        return false;
    }
    const std::string address = text.substr(0, slash);
    std::array<unsigned char, 16> bytes{};
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
    const bool is_v6 = !is_v4 && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
    return (is_v4 || is_v6) &&
           parse_integer(text.substr(slash + 1), 0, is_v4 ? kBitsOfIpv4 : kBitsOfIpv6);
}

}  // namespace

Parsed<Secret> parse_cluster_secret(std::string_view text) {
    const std::string_view secret = trim(text);
    if (secret.size() < kShortestSecret) {
        return complain(
            fmt::format("is too short: a secret has at least {} characters", kShortestSecret),
            kMakeOne);
    }
    const std::set<char> kinds(secret.begin(), secret.end());
    const std::string lower = to_lower(secret);
    const std::array<std::string_view, 4> usual{"password", "changeme", "change-me", "12345678"};
    if (kinds.size() < kFewestKinds ||
        std::any_of(usual.begin(), usual.end(), [&lower](std::string_view word) {
            return lower.find(word) != std::string::npos;
        })) {
        return complain("is easy to guess, and whoever guesses it is superuser of every node",
                        kMakeOne);
    }
    return Secret(std::string(secret));
}

bool is_random_secret(std::string_view secret) {
    constexpr std::size_t kHexDigits = 32;     // 16 bytes
    constexpr std::size_t kBase64Digits = 43;  // 32 bytes, without padding
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view kOthers = "0123456789+/-_";
    if (secret.size() >= kHexDigits && secret.find_first_not_of(kHex) == std::string_view::npos) {
        return true;
    }
    for (int padding = 0; padding < 2 && secret.ends_with('='); ++padding) {
        secret.remove_suffix(1);
    }
    const std::string alphabet = std::string(kUpper) + std::string(kLower) + std::string(kOthers);
    return secret.size() >= kBase64Digits &&
           secret.find_first_not_of(alphabet) == std::string_view::npos &&
           secret.find_first_of(kUpper) != std::string_view::npos &&
           secret.find_first_of(kLower) != std::string_view::npos;
}

Parsed<std::vector<std::string>> parse_networks(std::string_view text) {
    std::vector<std::string> networks;
    for (const std::string& word : split(text, ',')) {
        const std::string network(trim(word));
        if (network.empty()) {
            continue;
        }
        if (!is_network(network)) {
            return complain("is no list of networks",
                            "Write networks as address/bits, for instance 10.1.0.0/16,fd00::/8");
        }
        networks.push_back(network);
    }
    return networks;
}

}  // namespace citus_init::settings
