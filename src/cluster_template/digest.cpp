#include "cluster_template/digest.h"

#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/crc32c.h"
#include "citus_init/base/read_file.h"

namespace citus_init::cluster_template {

Digest digest_of(std::string_view content) {
    return {content.size(), crc32c(content)};
}

std::string to_string(const Digest& digest) {
    return fmt::format("{}:{:08x}", digest.size, digest.crc);
}

std::optional<Digest> parse_digest(std::string_view text) {
    Digest digest;
    const char* const end = text.data() + text.size();
    const auto size = std::from_chars(text.data(), end, digest.size);
    if (size.ec != std::errc{} || size.ptr == end || *size.ptr != ':') {
        return std::nullopt;
    }
    constexpr int kHexadecimal = 16;
    const auto crc = std::from_chars(size.ptr + 1, end, digest.crc, kHexadecimal);
    return crc.ec == std::errc{} && crc.ptr == end ? std::optional(digest) : std::nullopt;
}

Result<Digest> digest_of_file(const std::string& path) {
    const auto content = read_regular_file(path, read_limit::kProgram);
    return content ? Result<Digest>(digest_of(*content)) : fail(content.error());
}

}  // namespace citus_init::cluster_template
