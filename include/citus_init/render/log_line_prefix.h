#pragma once

#include <cstddef>

namespace citus_init::render {

// log_line_prefix where the server's lines become JSON (CITUS_LOG_FORMAT=json): seconds since the
// epoch, pid, SQLSTATE, user, database, application, kind of process, query id; each followed by a
// tab, which no application_name can hold (pg_clean_ascii()). A server before 14 knows no %Q and
// writes nothing for it.
inline constexpr const char* kJsonLogLinePrefix = "%n\t%p\t%e\t%u\t%d\t%a\t%b\t%Q\t";
inline constexpr std::size_t kJsonLogLineFields = 8;

}  // namespace citus_init::render
