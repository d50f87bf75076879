#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "citus_init/base/filesystem.h"

namespace citus_init::postgres {

// A directory of the test's own, gone with the test.
class Scratch {
  public:
    Scratch() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "citus_init_test.XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

    // Makes the directories on the way.
    void write(const std::string& name, const std::string& content, mode_t mode = 0644) const {
        const std::filesystem::path file(*this / name);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        ::chmod(file.c_str(), mode);
    }
    void make_directory(const std::string& name) const {
        std::filesystem::create_directories(*this / name);
    }
    std::string read(const std::string& name) const {
        std::ifstream file(*this / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(*this / name); }

  private:
    std::string path_;
};

// The real file system as it looks with another root directory.
class RootedFilesystem final : public Filesystem {
  public:
    explicit RootedFilesystem(std::string root) : root_(std::move(root)) {}

    using Filesystem::read;
    Result<std::string> read(const std::string& path, std::size_t limit) const override {
        return real_.read(root_ + path, limit);
    }
    Result<std::vector<std::string>> list(const std::string& path) const override {
        return real_.list(root_ + path);
    }
    Result<FileStatus> status(const std::string& path) const override {
        return real_.status(root_ + path);
    }
    std::string resolve(const std::string& path) const override { return path; }

  private:
    std::string root_;
    RealFilesystem real_;
};

}  // namespace citus_init::postgres
