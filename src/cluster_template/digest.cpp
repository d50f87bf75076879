#include "cluster_template/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

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

// Hundreds of small files: reading one costs less than mapping it.
Result<LoadedFile> LoadedFile::open(const std::string& path) {
    Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    std::string content(size, '\0');
    std::size_t read = 0;
    while (read < size) {
        const ssize_t count = ::read(file.get(), content.data() + read, size - read);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
        }
        if (count == 0) {
            break;  // it has become shorter, which its digest tells
        }
        read += static_cast<std::size_t>(count);
    }
    content.resize(read);
    return LoadedFile(std::move(file), std::move(content));
}

Result<Digest> digest_of_file(const std::string& path) {
    const auto file = LoadedFile::open(path);
    return file ? Result<Digest>(digest_of(file->content())) : fail(file.error());
}

}  // namespace citus_init::cluster_template
