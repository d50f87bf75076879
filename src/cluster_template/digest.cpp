#include "cluster_template/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/crc32c.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/read_file.h"

namespace citus_init::cluster_template {

namespace {

constexpr std::size_t kBufferSize = 256UL << 10U;  // fits the second-level cache
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
    const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    std::string buffer(kBufferSize, '\0');
    Digest digest;
    std::uint32_t state = kBegin;
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
        }
        if (count == 0) {
            digest.crc = ~state;
            return digest;
        }
        const auto bytes = static_cast<std::size_t>(count);
        digest.size += bytes;
        state = extend_crc32c(state, std::string_view(buffer).substr(0, bytes));
    }
}

}  // namespace citus_init::cluster_template
