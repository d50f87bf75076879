#pragma once

#include <string_view>
#include <vector>

#include "settings/declaration.h"

namespace citus_init::settings {

// What the declarations of Patroni's variables and of ours about it have in common. They are read
// with CITUS_HA=patroni alone, when `settings.patroni` is there.
inline PatroniSettings& patroni(Draft& draft) {
    return *draft.settings.patroni;
}

Declaration declared_for_patroni(std::string_view name, ValueType type,
                                 std::string_view default_text, std::string_view meaning,
                                 Parsed<void> (*apply)(Draft& draft, const Sourced& value),
                                 std::vector<std::string_view> allowed = {});

}  // namespace citus_init::settings
