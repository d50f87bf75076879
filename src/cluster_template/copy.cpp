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

namespace citus_init::cluster_template {

namespace {

// Copies files one way after the other, until one works: the file system decides, for all of them.
class FileCopier {
  public:
    [[nodiscard]] Status copy(const LoadedFile& from, const Fd& to, const std::string& name);

  private:
    bool copies_in_kernel(const LoadedFile& from, const Fd& to);

    bool can_clone_ = true;
    bool can_copy_range_ = true;
};

// From the beginning of both; false where that cannot be, or not to the end.
bool FileCopier::copies_in_kernel(const LoadedFile& from, const Fd& to) {
    std::size_t left = from.content().size();
    while (left > 0) {
        const ssize_t count =
            ::copy_file_range(from.descriptor(), nullptr, to.get(), nullptr, left, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        left -= static_cast<std::size_t>(count);
    }
    return true;
}

Status FileCopier::copy(const LoadedFile& from, const Fd& to, const std::string& name) {
    if (can_clone_ && ::ioctl(to.get(), FICLONE, from.descriptor()) == 0) {
        return {};
    }
    can_clone_ = false;
    if (can_copy_range_ && copies_in_kernel(from, to)) {
        return {};
    }
    can_copy_range_ = false;
    // A full disk is for write(2) to report.
    if (::lseek(to.get(), 0, SEEK_SET) != 0) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
    }
    return write_all(to.get(), from.content(), name);
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

Status copy_entry(FileCopier& copier, const std::string& directory, const Entry& entry,
                  const std::string& path) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, entry.mode));
    if (!file || ::fchmod(file.get(), entry.mode) != 0) {
        return fail(errno_error(fmt::format("cannot make \"{}\"", path), errno));
    }
    std::uint64_t copied = 0;
    if (entry.object) {
        const auto object =
            LoadedFile::open(fmt::format("{}/objects/{}", directory, *entry.object));
        if (!object) {
            return fail(object.error());
        }
        CITUS_INIT_TRY(copier.copy(*object, file, path));
        copied = object->content().size();
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
                                          : copy_entry(copier, directory, entry, path));
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
