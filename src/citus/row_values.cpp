#include "citus/row_values.h"

#include <limits>

#include "citus_init/base/text.h"

namespace citus_init::citus {

namespace {

template <typename Number>
Number number_at(const Rows& rows, std::size_t row, std::size_t column) {
    return static_cast<Number>(
        parse_integer(rows.at(row, column), 0, std::numeric_limits<Number>::max()).value_or(0));
}

}  // namespace

int integer_at(const Rows& rows, std::size_t row, std::size_t column) {
    return number_at<int>(rows, row, column);
}

std::int64_t bigint_at(const Rows& rows, std::size_t row, std::size_t column) {
    return number_at<std::int64_t>(rows, row, column);
}

HostPort address_at(const Rows& rows, std::size_t row, std::size_t column) {
    return {rows.at(row, column), number_at<std::uint16_t>(rows, row, column + 1)};
}

SqlResult<void> without_rows(const SqlResult<Rows>& rows) {
    return rows ? SqlResult<void>() : tl::unexpected(rows.error());
}

SqlResult<bool> ask(Session& session, const std::string& sql,
                    const std::vector<std::string>& parameters) {
    const auto rows = session.query(sql, parameters);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return !rows->empty() && rows->is_true(0, 0);
}

SqlResult<Rows> query_within(Session& session, const char* limit, const std::string& sql,
                             const std::vector<std::string>& parameters) {
    constexpr const char* kSetTimeout =
        "SELECT pg_catalog.set_config('statement_timeout', $1, false)";
    const auto usual = session.query("SELECT pg_catalog.current_setting('statement_timeout')");
    const auto limited = usual ? session.query(kSetTimeout, {limit}) : usual;
    auto rows = limited ? session.query(sql, parameters) : limited;
    if (usual) {
        static_cast<void>(session.query(kSetTimeout, {usual->at(0, 0)}));
    }
    return rows;
}

}  // namespace citus_init::citus
