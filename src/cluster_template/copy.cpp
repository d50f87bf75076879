#include "cluster_template/copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/read_file.h"

#include "cluster_template/store.h"

namespace citus_init::cluster_template {

namespace {

// Copies files one way after the other, until one works: the file system decides, for all of them.
class FileCopier {
  public:
    // An object of `size` bytes.
    [[nodiscard]] Status copy(const std::string& object, std::size_t size, const Fd& to,
                              const std::string& name);

  private:
    bool copies_in_kernel(const std::string& object, std::size_t size, const Fd& to);

    bool can_clone_ = true;
    bool can_copy_range_ = true;
};

// From the beginning of both; false where that cannot be, or not to the end.
bool copies_range(const Fd& from, std::size_t size, const Fd& to) {
    while (size > 0) {
        const ssize_t count = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, size, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool FileCopier::copies_in_kernel(const std::string& object, std::size_t size, const Fd& to) {
    const Fd from(::open(object.c_str(), O_RDONLY | O_CLOEXEC));
    can_clone_ = can_clone_ && from && ::ioctl(to.get(), FICLONE, from.get()) == 0;
    if (can_clone_) {
        return true;
    }
    can_copy_range_ = from && copies_range(from, size, to);
    return can_copy_range_;
}

Status FileCopier::copy(const std::string& object, std::size_t size, const Fd& to,
                        const std::string& name) {
    if (can_copy_range_ && copies_in_kernel(object, size, to)) {
        return {};
    }
    // A full disk is for write(2) to report.
    if (::lseek(to.get(), 0, SEEK_SET) != 0) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
    }
    const auto content = read_regular_file(object, read_limit::kProgram);
    return content ? write_all(to.get(), *content, name) : Status(fail(content.error()));
}

// Zeros behind the content, with their blocks, so that a full disk is found now.
Status extend(const Fd& file, std::uint64_t from, std::uint64_t size, const std::string& name) {
    if (from >= size || ::fallocate(file.get(), 0, 0, static_cast<off_t>(size)) == 0) {
        return {};
    }
    if (errno != EOPNOTSUPP) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
    }
    static constexpr std::array<char, 65536> kZeros{};
    if (::lseek(file.get(), static_cast<off_t>(from), SEEK_SET) < 0) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
    }
    for (std::uint64_t at = from; at < size; at += kZeros.size()) {
        const std::size_t count = std::min<std::uint64_t>(kZeros.size(), size - at);
        CITUS_INIT_TRY(write_all(file.get(), std::string_view(kZeros.data(), count), name));
    }
    return {};
}

Status copy_entry(FileCopier& copier, const std::string& directory, const Manifest& manifest,
                  const Entry& entry, const std::string& path) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, entry.mode));
    if (!file || ::fchmod(file.get(), entry.mode) != 0) {
        return fail(errno_error(fmt::format("cannot make \"{}\"", path), errno));
    }
    std::uint64_t copied = 0;
    if (entry.object) {
        copied = manifest.objects[*entry.object].size;
        CITUS_INIT_TRY(copier.copy(object_path(directory, *entry.object), copied, file, path));
    }
    return extend(file, copied, entry.size, path);
}

Status make_directory(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0) {
        return fail(errno_error(fmt::format("cannot make \"{}\"", path), errno));
    }
    return {};
}

}  // namespace

Status copy_cluster(const std::string& directory, const Manifest& manifest, Variant variant,
                    const std::string& target) {
    constexpr mode_t kOwnerOnly = 0700;
    constexpr mode_t kGroupReads = 0040;
    const auto& entries = manifest.variants.at(variant);
    // As initdb -g does it.
    const bool is_for_group = !entries.empty() && (entries.front().mode & kGroupReads) != 0;
    CITUS_INIT_TRY(make_directory(target, is_for_group ? kOwnerOnly | 0050 : kOwnerOnly));
    FileCopier copier;
    for (const auto& entry : entries) {
        const std::string path = fmt::format("{}/{}", target, entry.path);
        CITUS_INIT_TRY(entry.is_directory ? make_directory(path, entry.mode)
                                          : copy_entry(copier, directory, manifest, entry, path));
    }
    return {};
}

Status sync_file_system(const std::string& directory) {
    const Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::syncfs(opened.get()) != 0) {
        return fail(errno_error(fmt::format("cannot sync \"{}\"", directory), errno));
    }
    return {};
}

}  // namespace citus_init::cluster_template
