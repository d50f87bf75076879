#pragma once

#include <utility>

#include "citus_init/citus/session.h"

namespace citus_init::monitor {

// `make` turns the rows into the value.
template <typename Make>
auto query_as(citus::Session& session, const char* sql, Make&& make)
    -> citus::SqlResult<decltype(make(std::declval<const citus::Rows&>()))> {
    const auto rows = session.query(sql);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return make(*rows);
}

}  // namespace citus_init::monitor
