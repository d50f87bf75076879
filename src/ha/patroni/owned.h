#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace citus_init::patroni {

// What citus-init or Patroni alone may write, and what a user is to do instead.
struct Owned {
    std::string_view name;  // a setting of PostgreSQL, or a path in patroni.yml
    std::string_view fix;
};

// Null: nobody owns it.
template <std::size_t count>
const Owned* find_owned(const std::array<Owned, count>& owned, std::string_view name) {
    const auto* const found = std::find_if(owned.begin(), owned.end(),
                                           [name](const Owned& each) { return each.name == name; });
    return found == owned.end() ? nullptr : &*found;
}

}  // namespace citus_init::patroni
