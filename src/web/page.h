#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/http/server/server.h"

namespace citus_init::web {

// A file of the page: "/", "/page.css", "/page.js". It loads nothing from anywhere else, and no
// other page may show it in a frame. None: there is no such file. Pure.
std::optional<http::ServerResponse> page_file(std::string_view path);

}  // namespace citus_init::web
