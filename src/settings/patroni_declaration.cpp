#include "settings/patroni_declaration.h"

#include <utility>

namespace citus_init::settings {

Declaration declared_for_patroni(std::string_view name, ValueType type,
                                 std::string_view default_text, std::string_view meaning,
                                 Parsed<void> (*apply)(Draft& draft, const Sourced& value),
                                 std::vector<std::string_view> allowed) {
    return {{.name = name,
             .group = Group::patroni,
             .type = type,
             .default_text = default_text,
             .meaning = meaning,
             .since = "0.2",
             .allowed = std::move(allowed)},
            apply};
}

}  // namespace citus_init::settings
