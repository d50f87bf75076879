#include "libpq/session_options.h"

namespace citus_init::libpq {

std::string session_options(SessionRole role, SettingNames names, ReadOnlyDefault read_only) {
    // What decides whose code runs, and with what rights.
    std::string options =
        read_only == ReadOnlyDefault::off ? "-c default_transaction_read_only=off " : "";
    options +=
        "-c search_path=pg_catalog,pg_temp -c role=none -c row_security=off "
        "-c local_preload_libraries= -c check_function_bodies=on "
        // Whether statements may run at all, and for how long: the limits are ours.
        "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 "
        "-c default_transaction_isolation=read\\ committed "
        "-c default_transaction_deferrable=off "
        // Where our tables go.
        "-c default_table_access_method=heap -c default_tablespace= -c temp_tablespaces= "
        // What statements mean, and how their answers are written.
        "-c transform_null_equals=off -c array_nulls=on -c standard_conforming_strings=on "
        "-c quote_all_identifiers=off -c datestyle=ISO,MDY -c intervalstyle=postgres "
        "-c bytea_output=hex -c extra_float_digits=1 -c client_min_messages=notice";
    if (names == SettingNames::since_14) {
        options += " -c idle_session_timeout=0";
    }
    if (role == SessionRole::superuser) {
        options += " -c session_replication_role=origin";
    }
    return options;
}

SettingNames names_of_version(int version) {
    return version >= 140'000 ? SettingNames::since_14 : SettingNames::since_13;
}

}  // namespace citus_init::libpq
