#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "citus_init/base/result.h"

namespace citus_init {

// Replaces `path` in one step: a temporary file beside it is written, fsync'ed, renamed over it,
// and the directory fsync'ed, so that a crash leaves the old content or the new one (rename(2)).
[[nodiscard]] Status write_file_atomically(const std::string& path, std::string_view content,
                                           mode_t mode);

// The same without any fsync: for what need not outlive a crash of the machine.
[[nodiscard]] Status replace_file(const std::string& path, std::string_view content, mode_t mode);

// mkdir -p. An existing directory is fine, its mode is left alone.
[[nodiscard]] Status make_directories(const std::string& path, mode_t mode);

// A directory for secrets: made 0700 with its parents, or there already, of our own user, and made
// 0700 again. Errors: `cannot_create`; `permission` where it is another user's or a symlink.
[[nodiscard]] Status make_private_directory(const std::string& path);

// unlink(2) that forgives a missing file.
[[nodiscard]] Status remove_file(const std::string& path);

// Empties a directory, the directory itself stays. Symlinks are unlinked, never followed.
[[nodiscard]] Status remove_directory_contents(const std::string& path);

[[nodiscard]] Status fsync_directory(const std::string& path);

}  // namespace citus_init
