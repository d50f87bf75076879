#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// The Citus that is installed beside a server, as files.
struct CitusPackage {
    std::string control_path;     // ".../extension/citus.control"
    std::string library_path;     // ".../citus.so"
    std::string default_version;  // "13.2-1"
    bool columnar_apart = false;  // citus_columnar is an extension of its own (since 11.2)
};

// Looks where a server in `bin_directory` looks, for Debian's layout (PREFIX/lib/postgresql/N/bin)
// and for PREFIX/bin. Errors: `config`, naming the Debian package and the paths that were looked
// at.
[[nodiscard]] Result<CitusPackage> find_citus_package(const Filesystem& files,
                                                      const std::string& bin_directory,
                                                      int server_major);

// default_version of an extension's control file.
std::optional<std::string> default_version_of(std::string_view control_file);

}  // namespace citus_init::postgres
