#include "cluster_template/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/parallel.h"

namespace citus_init::cluster_template {

namespace {

// The modes of the manifest are whole.
class WithoutUmask {
  public:
    WithoutUmask() : before_(::umask(0)) {}
    WithoutUmask(const WithoutUmask&) = delete;
    WithoutUmask& operator=(const WithoutUmask&) = delete;
    ~WithoutUmask() { ::umask(before_); }

  private:
    mode_t before_;
};

// Zeros behind the content, with their blocks, so that a full disk is found now.
Status extend(const Fd& file, std::uint64_t from, std::uint64_t size, const std::string& name) {
    if (from >= size || ::fallocate(file.get(), 0, 0, static_cast<off_t>(size)) == 0) {
        return {};
    }
    if (errno != EOPNOTSUPP) {
        return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
    }
    static constexpr std::array<char, 65536> kZeros{};
    for (std::uint64_t at = from; at < size; at += kZeros.size()) {
        const std::size_t count = std::min<std::uint64_t>(kZeros.size(), size - at);
        CITUS_INIT_TRY(write_all(file.get(), std::string_view(kZeros.data(), count), name));
    }
    return {};
}

Status make_file(const Fd& root, const Entry& entry, const Objects& objects) {
    const Fd file(::openat(root.get(), entry.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           entry.mode));
    if (!file) {
        return fail(errno_error(fmt::format("cannot make \"{}\"", entry.path), errno));
    }
    if (!entry.object) {
        return extend(file, 0, entry.size, entry.path);
    }
    const std::string& content = objects[*entry.object];
    CITUS_INIT_TRY(write_all(file.get(), content, entry.path));
    return extend(file, content.size(), entry.size, entry.path);
}

using Files = std::vector<const Entry*>;

// The files of each directory, the most first.
std::vector<Files> by_directory(const std::vector<Entry>& entries) {
    std::map<std::string_view, Files> found;
    for (const auto& entry : entries) {
        if (!entry.is_directory) {
            const std::string_view path = entry.path;
            const auto slash = path.rfind('/');
            found[path.substr(0, slash == std::string_view::npos ? 0 : slash)].push_back(&entry);
        }
    }
    std::vector<Files> directories;
    directories.reserve(found.size());
    for (auto& [path, files] : found) {
        directories.push_back(std::move(files));
    }
    std::stable_sort(
        directories.begin(), directories.end(),
        [](const Files& one, const Files& other) { return one.size() > other.size(); });
    return directories;
}

// Creating a file is most of its copy, and takes its directory's lock: a thread for a directory.
Status make_files(const Fd& root, const std::vector<Files>& directories, const Objects& objects) {
    constexpr std::size_t kThreads = 3;  // one for each database
    std::mutex mutex;
    std::optional<Error> failure;
    const auto make_directory_files = [&](std::size_t directory) {
        for (const Entry* entry : directories[directory]) {
            if (Status made = make_file(root, *entry, objects); !made) {
                const std::lock_guard lock(mutex);
                failure = failure.value_or(made.error());
                return;
            }
        }
    };
    in_parallel(directories.size(), kThreads, make_directory_files);
    return failure ? Status(fail(*failure)) : Status();
}

}  // namespace

Status copy_cluster(const Manifest& manifest, Variant variant, const Objects& objects,
                    const std::string& target) {
    constexpr mode_t kOwnerOnly = 0700;
    constexpr mode_t kGroupReads = 0040;
    const auto& entries = manifest.variants.at(variant);
    // As initdb -g does it.
    const bool is_for_group = !entries.empty() && (entries.front().mode & kGroupReads) != 0;
    const WithoutUmask without_umask;
    const mode_t mode = is_for_group ? kOwnerOnly | 0050 : kOwnerOnly;
    const Fd root(::mkdir(target.c_str(), mode) == 0
                      ? ::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                      : -1);
    if (!root) {
        return fail(errno_error(fmt::format("cannot make \"{}\"", target), errno));
    }
    for (const auto& entry : entries) {
        if (entry.is_directory && ::mkdirat(root.get(), entry.path.c_str(), entry.mode) != 0) {
            return fail(errno_error(fmt::format("cannot make \"{}\"", entry.path), errno));
        }
    }
    return make_files(root, by_directory(entries), objects);
}

}  // namespace citus_init::cluster_template
