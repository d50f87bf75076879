#pragma once

#include <cstddef>
#include <string>

#include "citus_init/overview/overview.h"

namespace citus_init::cli {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// What `citus-init top` shows: `rows` lines at most, each cut to `columns` characters, with a
// newline each. Nodes that are not up come first; what finds no room is counted. Control characters
// of the database's texts become "?". Pure.
std::string top_screen(const overview::Overview& overview, ScreenSize size, bool colors);

}  // namespace citus_init::cli
