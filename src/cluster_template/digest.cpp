#include "cluster_template/digest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

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

MappedFile::MappedFile(Fd file, const char* data, std::size_t size)
    : file_(std::move(file)), data_(data), size_(size) {}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : file_(std::move(other.file_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
    if (data_ != nullptr) {
        ::munmap(const_cast<char*>(data_), size_);
    }
}

Result<MappedFile> MappedFile::open(const std::string& path) {
    Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot read \"{}\"", path), errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(not_regular_error(path, info.st_mode));
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) {
        return MappedFile(std::move(file), nullptr, 0);
    }
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file.get(), 0);
    if (data == MAP_FAILED) {
        return fail(errno_error(fmt::format("cannot map \"{}\"", path), errno));
    }
    return MappedFile(std::move(file), static_cast<const char*>(data), size);
}

Result<Digest> digest_of_file(const std::string& path) {
    const auto file = MappedFile::open(path);
    return file ? Result<Digest>(digest_of(file->content())) : fail(file.error());
}

}  // namespace citus_init::cluster_template
