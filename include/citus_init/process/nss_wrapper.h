#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/identity.h"

namespace citus_init::process {

struct Command;

// initdb(1) asks for the passwd entry of its uid, and an arbitrary uid has none. libnss_wrapper
// gives it one out of a file. For initdb only: the server does not need it.
//
// The files are memfd_create(2)'s, so no writable /tmp is needed and nothing is left behind; the
// child gets them as descriptors, which live as long as this object or the child.
class NssWrapper {
  public:
    // None when the library is not installed. `root` is put before the directories searched:
    // /usr/lib/*, /usr/lib, /lib/*, /lib. Errors: `os`, when the kernel gives no memfd.
    [[nodiscard]] static Result<std::optional<NssWrapper>> create(const User& user,
                                                                  const std::string& home,
                                                                  const std::string& root = "");

    // LD_PRELOAD, NSS_WRAPPER_PASSWD and NSS_WRAPPER_GROUP: to be added to the child's environment.
    const std::vector<std::string>& environment() const { return environment_; }
    // For Command::descriptors: the same numbers in the child.
    std::vector<std::pair<int, int>> descriptors() const;

  private:
    NssWrapper() = default;

    Fd passwd_;
    Fd group_;
    std::vector<std::string> environment_;
};

// The environment that lets initdb run as `user`: nothing when the user has a name. An error
// (`permission`) that says what to do when it has none and libnss_wrapper is missing.
[[nodiscard]] Result<std::optional<NssWrapper>> nss_wrapper_environment(
    const User& user, const std::string& home, const std::string& root = "");

// Adds the same to a command that runs as this process does, and whose environment is set. What is
// returned has to live until it is spawned. More errors: those of current_user().
[[nodiscard]] Result<std::optional<NssWrapper>> add_passwd_entry(Command& command,
                                                                 const std::string& home);

// The same for a program whose children need it too and which closes descriptors: as files `passwd`
// and `group` in `directory`, which have to live as long as the program. More errors: those of
// replace_file().
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> nss_wrapper_files(
    const User& user, const std::string& home, const std::string& directory,
    const std::string& root = "");

}  // namespace citus_init::process
