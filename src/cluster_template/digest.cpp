#include "cluster_template/digest.h"

#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/crc32c.h"
#include "citus_init/base/regular_file.h"

namespace citus_init::cluster_template {

namespace {

constexpr std::size_t kPart = 256UL << 10U;  // fits the second-level cache
constexpr std::uint32_t kBegin = 0xFFFFFFFFU;

}  // namespace

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
    const auto file = open_regular_file(path);
    if (!file) {
        return fail(file.error());
    }
    Digest digest;
    std::uint32_t state = kBegin;
    CITUS_INIT_TRY(read_parts(*file, path, kPart, [&](std::string_view part) {
        digest.size += part.size();
        state = extend_crc32c(state, part);
        return Status();
    }));
    digest.crc = ~state;
    return digest;
}

}  // namespace citus_init::cluster_template
