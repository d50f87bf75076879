#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// A value of PostgreSQL's integer or bigint that is not negative; 0 for NULL and for anything else.
int integer_at(const Rows& rows, std::size_t row, std::size_t column);
std::int64_t bigint_at(const Rows& rows, std::size_t row, std::size_t column);

// The host at `column`, the port in the one after it.
HostPort address_at(const Rows& rows, std::size_t row, std::size_t column);

// Whether it succeeded, where nobody reads the rows.
[[nodiscard]] SqlResult<void> without_rows(const SqlResult<Rows>& rows);

// The one boolean that a query answers; false for NULL and for no row.
[[nodiscard]] SqlResult<bool> ask(Session& session, const std::string& sql,
                                  const std::vector<std::string>& parameters = {});

// A statement that the server cancels after `limit` ("5s"). The session has its usual
// statement_timeout again afterwards.
[[nodiscard]] SqlResult<Rows> query_within(Session& session, const char* limit,
                                           const std::string& sql,
                                           const std::vector<std::string>& parameters = {});

}  // namespace citus_init::citus
