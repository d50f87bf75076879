#include "citus_init/citus/client_access.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

// The layer and the file that switch default_transaction_read_only on; the limit of the database;
// the setting that makes commits wait for standbys of which too few are there: "FIRST 2 (a, b)",
// "ANY 1 (*)", "2 (a, b)", "a, b".
constexpr const char* kClientAccess =
    "SELECT pg_catalog.pg_conf_load_time(), own.source, own.sourcefile, "
    "(SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = "
    "pg_catalog.current_database()), "
    "CASE WHEN NOT pg_catalog.pg_is_in_recovery() "
    "AND pg_catalog.current_setting('synchronous_commit') NOT IN ('off', 'local') "
    "AND names.setting <> '' "
    "AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication "
    "WHERE sync_state IN ('sync', 'quorum')) < COALESCE(pg_catalog.substring(names.setting, "
    R"('(?i)^\s*(?:first|any)?\s*(\d+)\s*\(')::bigint, 1) )"
    "THEN names.setting END "
    "FROM (SELECT pg_catalog.current_setting('synchronous_standby_names') AS setting) AS names "
    "LEFT JOIN pg_catalog.pg_settings AS own ON pg_catalog.current_setting("
    "'default_transaction_read_only') = 'on' AND NOT pg_catalog.pg_is_in_recovery() "
    "AND own.name = 'default_transaction_read_only' "
    "AND own.source NOT IN ('user', 'database user')";

constexpr const char* kConnectionLimit =
    "SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = $1";

std::string read_only_text(const std::string& source, const std::string& database) {
    std::string fix =
        "Remove it there and reload; `citus-init explain default_transaction_read_only` shows the "
        "layer";
    if (source == "database") {
        fix = fmt::format(
            "SET default_transaction_read_only = off, then ALTER DATABASE {} RESET "
            "default_transaction_read_only",
            quote_identifier(database));
    } else if (source.ends_with("/postgresql.auto.conf")) {
        fix = "ALTER SYSTEM RESET default_transaction_read_only, then SELECT pg_reload_conf()";
    }
    return fmt::format("default_transaction_read_only is on ({}). {}", source, fix);
}

std::string standby_text(const std::string& names) {
    return fmt::format(
        "each commit waits for synchronous standbys that are not connected "
        "(synchronous_standby_names = '{}'). Start them, or take them out of the setting and "
        "reload",
        names);
}

}  // namespace

SqlResult<ClientAccess> client_access(Session& session, const std::string& database) {
    constexpr std::size_t kSource = 1;
    constexpr std::size_t kFile = 2;
    constexpr std::size_t kLimit = 3;
    constexpr std::size_t kStandbys = 4;
    const auto rows = session.query(kClientAccess);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    ClientAccess access;
    if (rows->empty()) {
        return access;
    }
    access.configuration_loaded = rows->at(0, 0);
    if (rows->at(0, kLimit) == "0") {
        access.closed = fmt::format(
            "the Citus database \"{}\" accepts connections of superusers only: ALTER DATABASE {} "
            "CONNECTION LIMIT -1",
            database, quote_identifier(database));
    }
    if (!rows->is_null(0, kSource)) {
        access.writes_fail =
            read_only_text(rows->at(0, rows->is_null(0, kFile) ? kSource : kFile), database);
    } else if (!rows->is_null(0, kStandbys)) {
        access.writes_fail = standby_text(rows->at(0, kStandbys));
    }
    return access;
}

std::string refusal_text(Connector& connector, const ConnectionTarget& target) {
    ConnectionTarget elsewhere = target;
    elsewhere.database = target.database == "postgres" ? "template1" : "postgres";
    const auto session = connector.connect(elsewhere);
    const auto limit = session ? (*session)->query(kConnectionLimit, {target.database})
                               : SqlResult<Rows>(tl::unexpected(session.error()));
    const std::string name = quote_identifier(target.database);
    if (limit && !limit->empty() && limit->at(0, 0) == "-2") {
        return fmt::format(
            "the Citus database \"{}\" is invalid: a DROP DATABASE did not come to its end, and "
            "files of it may be gone. DROP DATABASE {}, in the database \"{}\", then restore it "
            "from a backup",
            target.database, name, elsewhere.database);
    }
    return fmt::format(
        "the Citus database \"{}\" accepts no connections: ALTER DATABASE {} ALLOW_CONNECTIONS "
        "true, in the database \"{}\"",
        target.database, name, elsewhere.database);
}

}  // namespace citus_init::citus
