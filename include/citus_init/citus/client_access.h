#pragma once

#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Among ConnectionTarget::options, with any value: the session keeps what the server and the
// database have for default_transaction_read_only, as every client's does, instead of `off`. For
// sessions that only read. No keyword of libpq's.
inline constexpr const char* kKeepReadOnlyDefault = "citus_init.keep_read_only_default";

// What keeps clients from using a database that lets a superuser in: texts with the fix, "" =
// nothing does.
struct ClientAccess {
    std::string closed;                // nobody else can connect
    std::string writes_fail;           // or wait without an end
    std::string configuration_loaded;  // when the server last read its files
    bool operator==(const ClientAccess&) const = default;
};

// Of the session's own database; the session keeps the server's default_transaction_read_only. What
// a role has for itself is that role's affair, and a standby's writes are not looked at.
[[nodiscard]] SqlResult<ClientAccess> client_access(Session& session, const std::string& database);

// Why `database` refuses every connection with SQLSTATE 55000, which no superuser is exempt from:
// datallowconn, or a DROP DATABASE that did not come to its end. Asks in another database of
// `target`'s server.
std::string refusal_text(Connector& connector, const ConnectionTarget& target);

}  // namespace citus_init::citus
