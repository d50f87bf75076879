#pragma once

#include <string>
#include <vector>

namespace citus_init::libpq {

enum class SessionRole { superuser, node };
enum class ReadOnlyDefault { off, of_server };

// Server versions as PQserverVersion() has them: 170004 is 17.4. A server refuses a connection that
// names a setting that it does not have (42704), so each is named from its release on.
inline constexpr int kOldestServer = 130000;  // as long as one has not said its version
inline constexpr int kFirstWithTransactionTimeout = 170000;

// The value of libpq's keyword "options" for every session of ours: start-up options, which come
// before what ALTER DATABASE and ALTER ROLE have set (guc.h: PGC_S_CLIENT is above
// PGC_S_DATABASE_USER). The owner of a database could otherwise have a superuser's session run as
// another role, call operators of his own, or load libraries. `node`: without what only a superuser
// may set. `read_only`: whether default_transaction_read_only is off, whatever the server has.
std::string session_options(SessionRole role, int server_version,
                            ReadOnlyDefault read_only = ReadOnlyDefault::off);

// The statement that pins what the options of `named` lack for a server of `version`; empty if
// nothing.
std::string pin_later_settings(int named, int version);

}  // namespace citus_init::libpq
