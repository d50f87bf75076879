#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "citus_init/render/hide_passwords.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

// A problem whose place and value are the user's own texts. A place on the command line is the
// whole option.
inline settings::Problem problem_at(std::string_view place, std::string_view value,
                                    std::string reason, std::string fix) {
    return {settings::shown(hide_passwords(place)), settings::shown(hide_passwords(value)),
            std::move(reason), std::move(fix)};
}

}  // namespace citus_init::render
