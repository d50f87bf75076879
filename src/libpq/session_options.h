#pragma once

#include <string>

namespace citus_init::libpq {

enum class SessionRole { superuser, node };

// The value of libpq's keyword "options" for every session of ours: start-up options, which come
// before what ALTER DATABASE and ALTER ROLE have set (guc.h: PGC_S_CLIENT is above
// PGC_S_DATABASE_USER). The owner of a database could otherwise have a superuser's session run as
// another role, call operators of his own, or load libraries. `node`: without what only a superuser
// may set. `names`: a server refuses a connection that names a setting that it does not have
// (42704). `read_only`: whether default_transaction_read_only is off, whatever the server has.
enum class SettingNames {
    since_13,
    since_14,  // and idle_session_timeout
};
enum class ReadOnlyDefault { off, of_server };
std::string session_options(SessionRole role, SettingNames names,
                            ReadOnlyDefault read_only = ReadOnlyDefault::off);

// `version` as PQserverVersion says it: 150020; 0 where it is unknown.
SettingNames names_of_version(int version);

// The statement that sets what a session with `since_13` lacks on a server of since_14.
inline constexpr const char* kLateSettings = "SET idle_session_timeout = 0";

}  // namespace citus_init::libpq
