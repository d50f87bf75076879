#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init::cluster_template {

// What a file's content is known by: against damage and replaced packages, not against forgery.
struct Digest {
    std::uint64_t size = 0;
    std::uint32_t crc = 0;  // CRC-32C
    bool operator==(const Digest&) const = default;
    auto operator<=>(const Digest&) const = default;
};

Digest digest_of(std::string_view content);
// "8192:0badcafe", in manifests.
std::string to_string(const Digest& digest);
std::optional<Digest> parse_digest(std::string_view text);

// A regular file in memory, as it lies in the page cache.
class MappedFile {
  public:
    // Errors: from errno.
    [[nodiscard]] static Result<MappedFile> open(const std::string& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&&) = delete;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view content() const { return {data_, size_}; }
    int descriptor() const { return file_.get(); }

  private:
    MappedFile(Fd file, const char* data, std::size_t size);

    Fd file_;
    const char* data_ = nullptr;  // nullptr: it is empty
    std::size_t size_ = 0;
};

[[nodiscard]] Result<Digest> digest_of_file(const std::string& path);

}  // namespace citus_init::cluster_template
