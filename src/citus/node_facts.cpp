#include "citus_init/citus/node_facts.h"

#include <algorithm>

#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

std::optional<ExtensionVersion> ServerFacts::library() const {
    const auto dot = library_version.find('.');
    return parse_extension_version(library_version.substr(0, library_version.find('.', dot + 1)));
}

namespace {

std::optional<std::string> text_or_none(const Rows& rows, std::size_t column) {
    return rows.is_null(0, column) ? std::nullopt : std::optional<std::string>(rows.at(0, column));
}

// shared_preload_libraries: a list of names, quoted or not, with or without a directory.
bool names_citus(const std::string& libraries) {
    const auto names = split(libraries, ',');
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
        std::string bare(trim(name));
        std::erase(bare, '"');
        return bare == "citus" || bare == "$libdir/citus" || bare.ends_with("/citus.so");
    });
}

SqlError malformed(const char* what) {
    return SqlError{
        sqlstate::kInternalError, std::string("the server answered without ") + what, {}, {}};
}

}  // namespace

SqlResult<ServerFacts> read_server_facts(Session& session) {
    const auto rows = session.query(statement::kServerFacts);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return tl::unexpected(malformed("its version"));
    }
    ServerFacts facts;
    facts.in_recovery = rows->is_true(0, 0);
    facts.superuser = rows->is_true(0, 1);
    facts.version_number = integer_at(*rows, 0, 2);
    facts.encoding = rows->at(0, 3);
    facts.citus_preloaded = names_citus(rows->at(0, 4));
    facts.library_version = rows->at(0, 5);
    facts.extension = parse_extension_version(rows->at(0, 6));
    facts.available = parse_extension_version(rows->at(0, 7));
    facts.columnar_extension = text_or_none(*rows, 8);
    facts.columnar_available = text_or_none(*rows, 9);
    facts.system_identifier = rows->at(0, 10);
    facts.started_at = rows->at(0, 11);
    facts.wal = {integer_at(*rows, 0, 12), static_cast<std::uint64_t>(bigint_at(*rows, 0, 13))};
    facts.timeline_ends = parse_timeline_history(rows->at(0, 14));
    facts.is_copied_directory = rows->at(0, 15) == "copied";
    return facts;
}

SqlResult<MembershipFacts> read_membership_facts(Session& session) {
    const auto rows = session.query(statement::kMembershipFacts);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return tl::unexpected(malformed("its membership"));
    }
    MembershipFacts facts;
    facts.group_id = integer_at(*rows, 0, 0);
    facts.node_count = integer_at(*rows, 0, 1);
    facts.coordinator = rows->at(0, 2);
    facts.server_id = rows->at(0, 3);
    facts.last_upgrade_version = rows->at(0, 4);
    facts.distributed_tables = integer_at(*rows, 0, 5);
    facts.user_relations = integer_at(*rows, 0, 6);
    facts.greatest = {bigint_at(*rows, 0, 7), bigint_at(*rows, 0, 8)};
    facts.upgrade_is_unfinished = rows->is_true(0, 9);
    return facts;
}

SqlResult<std::string> read_server_id(Session& session) {
    const auto rows = session.query(statement::kServerId);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? "" : rows->at(0, 0);
}

SqlResult<CatalogIds> read_issued_ids(Session& coordinator) {
    const auto rows = coordinator.query(statement::kIssuedIds);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return CatalogIds{bigint_at(*rows, 0, 0), bigint_at(*rows, 0, 1)};
}

SqlResult<StoredTables> read_stored_tables(Session& session) {
    const auto rows = session.query(statement::kStoredTables);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return tl::unexpected(malformed("its tables"));
    }
    StoredTables stored;
    stored.shards = integer_at(*rows, 0, 0);
    if (!rows->at(0, 1).empty()) {
        stored.sharded = split(rows->at(0, 1), '\n');
    }
    stored.others = integer_at(*rows, 0, 2);
    return stored;
}

}  // namespace citus_init::citus
