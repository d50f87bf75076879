#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"

namespace citus_init::test {

// A filesystem in memory, held to the same contract test as the real one. Paths are absolute and
// in their shortest form; the directories above a file come into being with it. Symbolic links are
// broken, or lead to a directory and count for resolve() only.
class FakeFilesystem final : public Filesystem {
  public:
    FakeFilesystem() { add_directory("/"); }

    void add_file(const std::string& path, std::string content, FileStatus status = {}) {
        add_parents(path);
        status.type = FileType::regular;
        status.size = content.size();
        entries_[path] = Entry{status, std::move(content), 0};
    }

    void add_directory(const std::string& path, FileStatus status = {}) {
        add_parents(path);
        status.type = FileType::directory;
        entries_[path] = Entry{status, "", 0};
    }

    void add_fifo(const std::string& path) {
        add_parents(path);
        entries_[path] = Entry{FileStatus{FileType::other}, "", 0};
    }

    void add_broken_symlink(const std::string& path) {
        add_parents(path);
        entries_[path] = Entry{FileStatus{FileType::symlink_broken}, "", 0};
    }

    // `target` exists already.
    void add_link_to_directory(const std::string& path, const std::string& target) {
        add_parents(path);
        entries_[path] = entries_.at(target);
        links_[path] = target;
    }

    // From now on read() and list() of `path`, which must exist, fail with this errno, e.g. EACCES.
    void fail_reading(const std::string& path, int error_number) {
        entries_.at(path).error_number = error_number;
    }

    void remove(const std::string& path) { entries_.erase(path); }

    using Filesystem::read;
    [[nodiscard]] Result<std::string> read(const std::string& path,
                                           std::size_t limit) const override {
        const auto found = find(path);
        if (!found.entry) {
            return fail(errno_error(fmt::format("cannot open \"{}\"", path), found.error_number));
        }
        if (found.entry->error_number != 0) {
            return fail(
                errno_error(fmt::format("cannot open \"{}\"", path), found.entry->error_number));
        }
        if (found.entry->status.type == FileType::symlink_broken) {
            return fail(errno_error(fmt::format("cannot open \"{}\"", path), ENOENT));
        }
        if (found.entry->status.type == FileType::directory) {
            return fail(errno_error(fmt::format("cannot read \"{}\"", path), EISDIR));
        }
        if (found.entry->status.type == FileType::other) {
            return fail(not_regular_error(path, S_IFIFO));
        }
        if (found.entry->content.size() > limit) {
            return fail(too_large_error(path, limit));
        }
        return found.entry->content;
    }

    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) const override {
        const auto found = find(path);
        int error_number = found.error_number;
        if (found.entry != nullptr) {
            error_number = found.entry->error_number;
            if (found.entry->status.type == FileType::symlink_broken) {
                error_number = ENOENT;
            } else if (found.entry->status.type != FileType::directory) {
                error_number = ENOTDIR;
            }
        }
        if (error_number != 0) {
            return fail(errno_error(fmt::format("cannot list \"{}\"", path), error_number));
        }
        const std::string prefix = path == "/" ? "/" : path + "/";
        std::vector<std::string> names;
        for (const auto& [name, entry] : entries_) {
            if (name.size() > prefix.size() && name.rfind(prefix, 0) == 0 &&
                name.find('/', prefix.size()) == std::string::npos) {
                names.push_back(name.substr(prefix.size()));
            }
        }
        return names;  // in byte order, as the map is
    }

    [[nodiscard]] Result<FileStatus> status(const std::string& path) const override {
        const auto found = find(path);
        if (found.entry == nullptr) {
            return fail(errno_error(fmt::format("cannot stat \"{}\"", path), found.error_number));
        }
        return found.entry->status;
    }

    [[nodiscard]] std::string resolve(const std::string& path) const override {
        std::string resolved = std::filesystem::path(path).lexically_normal().string();
        for (auto end = resolved.find('/', 1);; end = resolved.find('/', end + 1)) {
            if (const auto link = links_.find(resolved.substr(0, end)); link != links_.end()) {
                return resolve(link->second +
                               (end == std::string::npos ? "" : resolved.substr(end)));
            }
            if (end == std::string::npos) {
                return resolved;
            }
        }
    }

  private:
    struct Entry {
        FileStatus status;
        std::string content;
        int error_number = 0;
    };
    struct Found {
        const Entry* entry = nullptr;
        int error_number = 0;  // why there is none
    };

    Found find(const std::string& path) const {
        if (const auto found = entries_.find(path); found != entries_.end()) {
            return {&found->second, 0};
        }
        // A path through a file is ENOTDIR, path_resolution(7).
        for (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0;
             slash = path.rfind('/', slash - 1)) {
            const auto parent = entries_.find(path.substr(0, slash));
            if (parent != entries_.end()) {
                const bool is_file = parent->second.status.type == FileType::regular;
                return {nullptr, is_file ? ENOTDIR : ENOENT};
            }
        }
        return {nullptr, ENOENT};
    }

    void add_parents(const std::string& path) {
        for (auto slash = path.find('/', 1); slash != std::string::npos;
             slash = path.find('/', slash + 1)) {
            entries_.try_emplace(path.substr(0, slash),
                                 Entry{FileStatus{FileType::directory}, "", 0});
        }
    }

    std::map<std::string, Entry> entries_;
    std::map<std::string, std::string> links_;
};

}  // namespace citus_init::test
