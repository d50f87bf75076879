#include "citus_init/process/nss_wrapper.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"

namespace citus_init::process {

namespace {

// In the order of the official entrypoint: {/usr,}/lib{/*,}/libnss_wrapper.so.
std::optional<std::string> find_library(const Filesystem& files, const std::string& root) {
    for (const std::string& library_root : {root + "/usr/lib", root + "/lib"}) {
        std::vector<std::string> directories;
        for (const auto& name : files.list(library_root).value_or(std::vector<std::string>())) {
            directories.push_back(fmt::format("{}/{}", library_root, name));
        }
        directories.push_back(library_root);
        for (const auto& directory : directories) {
            const std::string library = directory + "/libnss_wrapper.so";
            if (const auto status = files.status(library); status && status->size > 0) {
                return library;
            }
        }
    }
    return std::nullopt;
}

Result<Fd> file_in_memory(const char* name, const std::string& content) {
    Fd fd(::memfd_create(name, MFD_CLOEXEC));
    if (!fd ||
        ::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        return fail(errno_error(fmt::format("cannot make a {} file in memory for initdb", name),
                                errno, ExitCode::os));
    }
    return fd;
}

}  // namespace

Result<std::optional<NssWrapper>> NssWrapper::create(const User& user, const std::string& home,
                                                     const std::string& root) {
    const auto library = find_library(RealFilesystem(), root);
    if (!library) {
        return std::nullopt;
    }
    auto passwd = file_in_memory(
        "passwd",
        fmt::format("postgres:x:{}:{}:PostgreSQL:{}:/bin/false\n", user.uid, user.gid, home));
    if (!passwd) {
        return fail(std::move(passwd.error()));
    }
    auto group = file_in_memory("group", fmt::format("postgres:x:{}:\n", user.gid));
    if (!group) {
        return fail(std::move(group.error()));
    }
    NssWrapper wrapper;
    wrapper.passwd_ = std::move(*passwd);
    wrapper.group_ = std::move(*group);
    wrapper.environment_ = {
        "LD_PRELOAD=" + *library,
        fmt::format("NSS_WRAPPER_PASSWD=/proc/self/fd/{}", wrapper.passwd_.get()),
        fmt::format("NSS_WRAPPER_GROUP=/proc/self/fd/{}", wrapper.group_.get())};
    return wrapper;
}

std::vector<std::pair<int, int>> NssWrapper::descriptors() const {
    return {{passwd_.get(), passwd_.get()}, {group_.get(), group_.get()}};
}

Result<std::optional<NssWrapper>> nss_wrapper_environment(const User& user, const std::string& home,
                                                          const std::string& root) {
    if (!user.name.empty()) {
        return std::nullopt;
    }
    auto wrapper = NssWrapper::create(user, home, root);
    if (wrapper && !*wrapper) {
        return fail(ExitCode::permission,
                    fmt::format("cannot run initdb as uid {}: it has no entry in /etc/passwd and "
                                "libnss_wrapper.so is not installed; install libnss-wrapper in the "
                                "image, or start the container as a user that it knows",
                                user.uid));
    }
    return wrapper;
}

}  // namespace citus_init::process
