#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init {

// write(2) until all of it is written. `name`: of the file, for the message. Blocks as the
// descriptor does.
[[nodiscard]] Status write_all(int fd, std::string_view content, const std::string& name);

// Replaces `path` in one step: a temporary file beside it ("PATH.tmp", O_EXCL and O_NOFOLLOW, so
// that nothing that lies there is written to) is written, fsync'ed, renamed over it, and the
// directory fsync'ed, so that a crash leaves the old content or the new one (rename(2)).
[[nodiscard]] Status write_file_atomically(const std::string& path, std::string_view content,
                                           mode_t mode);

// The same without any fsync: for what need not outlive a crash of the machine.
[[nodiscard]] Status replace_file(const std::string& path, std::string_view content, mode_t mode);

// Opens a directory for reading, each component of its path by itself (openat(2), O_NOFOLLOW).
// Symbolic links on the way are followed by hand. Root follows those that root made (owner 0, one
// name), nobody else's: what the server's user can write may lead anywhere. Errors: `permission`
// for such a link; else from errno.
[[nodiscard]] Result<Fd> open_directory(const std::string& path);

// mkdir -p. An existing directory is fine, its mode is left alone. Links as open_directory().
[[nodiscard]] Status make_directories(const std::string& path, mode_t mode);

enum class ExistingDirectory {
    must_be_ours,  // of our own user, and made 0700 again
    left_as_it_is,
};

// A directory with mode 0700; missing parents are made 0755, since other users may have to get
// through them. Errors: `cannot_create`; `permission` where it is another user's or a symlink.
[[nodiscard]] Status make_private_directory(
    const std::string& path, ExistingDirectory existing = ExistingDirectory::must_be_ours);

// unlink(2) that forgives a missing file.
[[nodiscard]] Status remove_file(const std::string& path);

// Empties a directory, the directory itself stays. Symlinks are unlinked, never followed.
[[nodiscard]] Status remove_directory_contents(const std::string& path);

[[nodiscard]] Status fsync_directory(const std::string& path);

}  // namespace citus_init
