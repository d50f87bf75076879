#include "upgrade/cluster_facts.h"

#include <algorithm>
#include <limits>
#include <memory>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"

#include "upgrade/statements.h"

namespace citus_init::upgrade {

namespace {

Error cannot_read(const std::string& what, const citus::SqlError& error) {
    Error failure =
        citus::sql_failure(fmt::format("cannot read {} of the old cluster", what), error);
    failure.code = ExitCode::data_directory;
    return failure;
}

Result<citus::Rows> ask(citus::Session& session, const char* sql, const std::string& what) {
    auto rows = session.query(sql);
    if (!rows) {
        return fail(cannot_read(what, rows.error()));
    }
    return std::move(*rows);
}

std::uint64_t number_of(const std::string& text) {
    constexpr long long kMost = std::numeric_limits<long long>::max();
    return static_cast<std::uint64_t>(parse_integer(text, 0, kMost).value_or(0));
}

Status read_shape(citus::Session& session, ClusterFacts& facts) {
    const auto rows = ask(session, statement::kClusterShape, "the locale and the sizes");
    if (!rows) {
        return fail(rows.error());
    }
    if (rows->empty()) {
        return fail(ExitCode::data_directory,
                    "the old cluster has no template0, which pg_upgrade needs. Make it anew: "
                    "CREATE DATABASE template0 TEMPLATE template1 IS_TEMPLATE true "
                    "ALLOW_CONNECTIONS false");
    }
    facts.superuser = rows->at(0, 0);
    facts.encoding = rows->at(0, 1);
    facts.collate = rows->at(0, 2);
    facts.ctype = rows->at(0, 3);
    facts.locale_provider = rows->at(0, 4);
    facts.locale = rows->at(0, 5);
    facts.icu_rules = rows->at(0, 6);
    facts.data_checksums = rows->at(0, 7) == "on";
    facts.wal_segment_size = number_of(rows->at(0, 8));
    facts.bytes = number_of(rows->at(0, 9));
    return {};
}

Result<std::vector<std::string>> read_list(citus::Session& session, const char* sql,
                                           const std::string& what) {
    const auto rows = ask(session, sql, what);
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<std::string> list;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        list.push_back(rows->at(row, 0));
    }
    return list;
}

Result<DatabaseFacts> read_database(citus::Connector& connector, citus::ConnectionTarget target,
                                    const std::string& name) {
    target.database = name;
    auto session = connector.connect(target);
    if (!session) {
        return fail(cannot_read(fmt::format("the database \"{}\"", name), session.error()));
    }
    const auto rows = ask(**session, statement::kExtensions,
                          fmt::format("the extensions of the database \"{}\"", name));
    if (!rows) {
        return fail(rows.error());
    }
    DatabaseFacts facts;
    facts.name = name;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        facts.extensions.emplace_back(rows->at(row, 0), rows->at(row, 1));
    }
    const auto versions = ask(**session, statement::kHasAttributeVersions,
                              fmt::format("the columns of the database \"{}\"", name));
    if (!versions) {
        return fail(versions.error());
    }
    facts.has_attribute_versions = versions->is_true(0, 0);
    return facts;
}

}  // namespace

std::string DatabaseFacts::version_of(const std::string& extension) const {
    const auto found = std::find_if(extensions.begin(), extensions.end(),
                                    [&](const auto& row) { return row.first == extension; });
    return found == extensions.end() ? std::string() : found->second;
}

std::vector<std::string> ClusterFacts::databases_with(const std::string& extension) const {
    std::vector<std::string> names;
    for (const auto& database : databases) {
        if (!database.version_of(extension).empty()) {
            names.push_back(database.name);
        }
    }
    return names;
}

Result<ClusterFacts> read_cluster_facts(citus::Connector& connector,
                                        const citus::ConnectionTarget& server) {
    citus::ConnectionTarget target = server;
    target.database = "template1";
    auto session = connector.connect(target);
    if (!session) {
        return fail(cannot_read("the catalogs", session.error()));
    }
    ClusterFacts facts;
    CITUS_INIT_TRY(read_shape(**session, facts));
    CITUS_INIT_TRY(
        keep(facts.prepared_transactions,
             read_list(**session, statement::kPreparedTransactions, "the prepared transactions")));
    CITUS_INIT_TRY(keep(facts.logical_slots,
                        read_list(**session, statement::kLogicalSlots, "the replication slots")));
    CITUS_INIT_TRY(
        keep(facts.tablespaces, read_list(**session, statement::kTablespaces, "the tablespaces")));
    CITUS_INIT_TRY(keep(facts.invalid_databases, read_list(**session, statement::kInvalidDatabases,
                                                           "the invalid databases")));
    const auto names = read_list(**session, statement::kDatabases, "the databases");
    if (!names) {
        return fail(names.error());
    }
    for (const auto& name : *names) {
        auto database = read_database(connector, server, name);
        if (!database) {
            return fail(database.error());
        }
        facts.databases.push_back(std::move(*database));
    }
    return facts;
}

}  // namespace citus_init::upgrade
