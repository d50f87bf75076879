#include "citus_init/process/nss_wrapper.h"

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/process/memory_file.h"
#include "citus_init/process/spawn.h"

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

std::string passwd_line(const User& user, const std::string& home) {
    return fmt::format("postgres:x:{}:{}:PostgreSQL:{}:/bin/false\n", user.uid, user.gid, home);
}

std::string group_line(const User& user) {
    return fmt::format("postgres:x:{}:\n", user.gid);
}

Error no_library(const User& user) {
    return {ExitCode::permission,
            fmt::format("cannot run initdb as uid {}: it has no entry in /etc/passwd and "
                        "libnss_wrapper.so is not installed; install libnss-wrapper in the "
                        "image, or start the container as a user that it knows",
                        user.uid)};
}

}  // namespace

Result<std::optional<NssWrapper>> NssWrapper::create(const User& user, const std::string& home,
                                                     const std::string& root) {
    const auto library = find_library(RealFilesystem(), root);
    if (!library) {
        return std::nullopt;
    }
    auto passwd = make_memory_file("passwd", passwd_line(user, home));
    if (!passwd) {
        return fail(std::move(passwd.error()));
    }
    auto group = make_memory_file("group", group_line(user));
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
        return fail(no_library(user));
    }
    return wrapper;
}

Result<std::vector<std::pair<std::string, std::string>>> nss_wrapper_files(
    const User& user, const std::string& home, const std::string& directory,
    const std::string& root) {
    constexpr mode_t kForAll = 0644;
    std::vector<std::pair<std::string, std::string>> environment;
    if (!user.name.empty()) {
        return environment;
    }
    const auto library = find_library(RealFilesystem(), root);
    if (!library) {
        return fail(no_library(user));
    }
    const std::string passwd = directory + "/passwd";
    const std::string group = directory + "/group";
    CITUS_INIT_TRY(replace_file(passwd, passwd_line(user, home), kForAll));
    CITUS_INIT_TRY(replace_file(group, group_line(user), kForAll));
    environment = {
        {"LD_PRELOAD", *library}, {"NSS_WRAPPER_PASSWD", passwd}, {"NSS_WRAPPER_GROUP", group}};
    return environment;
}

Result<std::optional<NssWrapper>> add_passwd_entry(Command& command, const std::string& home) {
    const auto user = current_user();
    if (!user) {
        return fail(user.error());
    }
    auto wrapper = nss_wrapper_environment(*user, home);
    if (wrapper && *wrapper) {
        const auto& added = (*wrapper)->environment();
        command.environment->insert(command.environment->end(), added.begin(), added.end());
        const auto descriptors = (*wrapper)->descriptors();
        command.descriptors.insert(command.descriptors.end(), descriptors.begin(),
                                   descriptors.end());
    }
    return wrapper;
}

}  // namespace citus_init::process
