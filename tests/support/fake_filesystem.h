#pragma once

#include <map>
#include <string>
#include <vector>

#include "citus_init/base/filesystem.h"

namespace citus_init::testing {

// Files that exist only in memory. A directory exists by having something in it.
class FakeFilesystem final : public Filesystem {
  public:
    std::map<std::string, std::string> contents;  // by absolute path

    [[nodiscard]] Result<std::string> read(const std::string& path) const override {
        const auto found = contents.find(path);
        if (found == contents.end()) {
            return fail(ExitCode::data_directory, path + ": No such file or directory");
        }
        return found->second;
    }

    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) const override {
        std::vector<std::string> names;
        const std::string prefix = path.ends_with('/') ? path : path + "/";
        for (const auto& entry : contents) {
            if (!entry.first.starts_with(prefix)) {
                continue;
            }
            std::string name = entry.first.substr(prefix.size());
            name = name.substr(0, name.find('/'));
            if (names.empty() || names.back() != name) {
                names.push_back(name);
            }
        }
        if (names.empty()) {
            return fail(ExitCode::data_directory, path + ": No such file or directory");
        }
        return names;
    }

    [[nodiscard]] Result<FileStatus> status(const std::string& path) const override {
        FileStatus status;
        if (const auto found = contents.find(path); found != contents.end()) {
            status.type = FileType::regular;
            status.size = found->second.size();
            status.mode = 0600;
            return status;
        }
        if (list(path)) {
            status.type = FileType::directory;
            status.mode = 0700;
            return status;
        }
        return fail(ExitCode::data_directory, path + ": No such file or directory");
    }
};

}  // namespace citus_init::testing
