#pragma once

#include <string>
#include <string_view>

namespace citus_init {

// Whether an absolute path is `directory` or lies below it. Compared as text, after "." and ".."
// are resolved: links are not followed.
bool is_within(const std::string& path, const std::string& directory);

// "/data/" as "/data"; "/" stays.
std::string without_trailing_slashes(std::string path);

// An entry of unix_socket_directories as libpq's `host` takes it: the server reads a relative one
// from its data directory, and takes one that begins with "@" for an abstract socket's name.
std::string absolute_socket_directory(std::string_view name, const std::string& data_directory);

}  // namespace citus_init
