#include "libpq/session_options.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::libpq {

namespace {

struct LaterSetting {
    const char* name;
    const char* value;
    // The first minor of each major that got it by an update; all majors from the last on have it.
    std::vector<int> first_servers;
};

const std::vector<LaterSetting>& later_settings() {
    static const std::vector<LaterSetting> settings{
        {"idle_session_timeout", "0", {140000}},
        {"transaction_timeout", "0", {170000}},
        // Would keep us from reading views: those of Citus are in no system catalog.
        {"restrict_nonsystem_relation_kind", "", {130016, 140013, 150008, 160004, 170000}},
    };
    return settings;
}

bool has(int version, const LaterSetting& setting) {
    constexpr int kVersionsOfAMajor = 10000;
    const auto& firsts = setting.first_servers;
    return version >= firsts.back() ||
           std::any_of(firsts.begin(), firsts.end(), [version](int first) {
               return version >= first && version / kVersionsOfAMajor == first / kVersionsOfAMajor;
           });
}

}  // namespace

std::string session_options(SessionRole role, int server_version, ReadOnlyDefault read_only) {
    // What decides whose code runs, and with what rights.
    std::string options =
        read_only == ReadOnlyDefault::off ? "-c default_transaction_read_only=off " : "";
    options +=
        "-c search_path=pg_catalog,pg_temp -c role=none -c row_security=off "
        "-c local_preload_libraries= -c check_function_bodies=on "
        // Whether statements may run at all, and for how long: the limits are ours.
        "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 "
        "-c exit_on_error=off -c default_transaction_isolation=read\\ committed "
        "-c default_transaction_deferrable=off "
        // Where our tables go.
        "-c default_table_access_method=heap -c default_tablespace= -c temp_tablespaces= "
        // What statements mean, and how their answers are written.
        "-c transform_null_equals=off -c array_nulls=on -c standard_conforming_strings=on "
        "-c quote_all_identifiers=off -c datestyle=ISO,MDY -c intervalstyle=postgres "
        "-c bytea_output=hex -c extra_float_digits=1 -c client_min_messages=notice";
    for (const auto& setting : later_settings()) {
        if (has(server_version, setting)) {
            options += fmt::format(" -c {}={}", setting.name, setting.value);
        }
    }
    if (role == SessionRole::superuser) {
        options += " -c session_replication_role=origin";
    }
    return options;
}

std::string pin_later_settings(int named, int version) {
    std::vector<std::string> calls;
    for (const auto& setting : later_settings()) {
        if (has(version, setting) && !has(named, setting)) {
            calls.push_back(fmt::format("pg_catalog.set_config('{}', '{}', false)", setting.name,
                                        setting.value));
        }
    }
    return calls.empty() ? std::string{} : "SELECT " + join(calls, ", ");
}

}  // namespace citus_init::libpq
