#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "citus_init/base/result.h"

namespace citus_init::cluster_template {

// What a file's content is known by: against damage and replaced packages, not against forgery.
struct Digest {
    std::uint64_t size = 0;
    std::uint32_t crc = 0;  // CRC-32C
    bool operator==(const Digest&) const = default;
    bool operator<(const Digest& other) const {
        return std::pair(size, crc) < std::pair(other.size, other.crc);
    }
};

Digest digest_of(std::string_view content);
// "8192:0badcafe", in manifests.
std::string to_string(const Digest& digest);
std::optional<Digest> parse_digest(std::string_view text);

// Reads all of it, a part at a time. Errors: as open_regular_file() and read_parts().
[[nodiscard]] Result<Digest> digest_of_file(const std::string& path);

}  // namespace citus_init::cluster_template
