#include "citus_init/base/filesystem.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/core.h>

namespace citus_init {

Result<std::string> RealFilesystem::read(const std::string& path, std::size_t limit) const {
    return read_regular_file(path, limit);
}

Result<std::vector<std::string>> RealFilesystem::list(const std::string& path) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) {
        return fail(errno_error(fmt::format("cannot list \"{}\"", path), errno));
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
        errno = 0;
    }
    if (errno != 0) {
        return fail(errno_error(fmt::format("cannot list \"{}\"", path), errno));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<FileStatus> RealFilesystem::status(const std::string& path) const {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        const int reason = errno;
        if (reason == ENOENT && ::lstat(path.c_str(), &info) == 0) {
            return FileStatus{FileType::symlink_broken, 0, info.st_uid, info.st_mode & 07777U, 0};
        }
        return fail(errno_error(fmt::format("cannot stat \"{}\"", path), reason));
    }
    FileType type = FileType::other;
    if (S_ISREG(info.st_mode)) {
        type = FileType::regular;
    } else if (S_ISDIR(info.st_mode)) {
        type = FileType::directory;
    }
    return FileStatus{type, static_cast<std::uint64_t>(info.st_size), info.st_uid,
                      info.st_mode & 07777U,
                      info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec};
}

std::string RealFilesystem::resolve(const std::string& path) const {
    std::error_code error;
    const auto resolved = std::filesystem::weakly_canonical(path, error);
    return (error ? std::filesystem::path(path) : resolved).lexically_normal().string();
}

}  // namespace citus_init
