#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/read_file.h"
#include "citus_init/base/result.h"

namespace citus_init {

enum class FileType { regular, directory, symlink_broken, other };

// What stat(2) says, symlinks followed.
struct FileStatus {
    FileType type = FileType::other;
    std::uint64_t size = 0;
    uid_t owner = 0;
    mode_t mode = 0;  // permission bits
    std::int64_t modified_ns = 0;
};

// The port for everything that decides from files: the settings, the configuration stack, the
// data directory. Read only: what is written goes through base/file.h. tests/support has the fake,
// and one contract test runs on both.
class Filesystem {
  public:
    virtual ~Filesystem() = default;

    // The whole file, as read_regular_file(): a regular file of at most `limit` bytes, or an error
    // whose message ends with the reason ("No such file or directory"). Never waits for a writer.
    [[nodiscard]] virtual Result<std::string> read(const std::string& path,
                                                   std::size_t limit) const = 0;
    [[nodiscard]] Result<std::string> read(const std::string& path) const {
        return read(path, read_limit::kFile);
    }
    // The names in a directory, without "." and "..", sorted by byte.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) const = 0;
    // ENOENT and ENOTDIR are `data_directory` errors like any other: use exists() to ask.
    [[nodiscard]] virtual Result<FileStatus> status(const std::string& path) const = 0;
    // An absolute path without ".", ".." and symbolic links, as realpath(3). What follows the last
    // component that exists, and all of it where a component cannot be read, stays as written.
    [[nodiscard]] virtual std::string resolve(const std::string& path) const = 0;

    bool exists(const std::string& path) const { return status(path).has_value(); }
};

// The real thing. Stateless; one instance serves all.
class RealFilesystem final : public Filesystem {
  public:
    using Filesystem::read;
    [[nodiscard]] Result<std::string> read(const std::string& path,
                                           std::size_t limit) const override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) const override;
    [[nodiscard]] Result<FileStatus> status(const std::string& path) const override;
    [[nodiscard]] std::string resolve(const std::string& path) const override;
};

}  // namespace citus_init
