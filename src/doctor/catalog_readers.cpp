#include <cstdlib>
#include <string>
#include <utility>

#include "citus_init/citus/node_facts.h"

#include "doctor/readers.h"
#include "doctor/row_text.h"
#include "doctor/server_statements.h"

namespace citus_init::doctor {

namespace {

using citus::Rows;
using citus::Session;
using citus::SqlResult;

// Sets `part` to what `make` makes of the rows.
template <typename T, typename Make>
SqlResult<void> read_into(Session& session, T& part, const char* sql,
                          const std::vector<std::string>& parameters, const Make& make) {
    const auto rows = session.query(sql, parameters);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    part = make(*rows);
    return {};
}

std::vector<SequenceUse> sequences_in(const Rows& rows) {
    return each_row<SequenceUse>(rows, [&](std::size_t row) {
        return SequenceUse{rows.at(row, 0), std::strtod(rows.at(row, 1).c_str(), nullptr),
                           integer_at(rows, row, 2), rows.at(row, 3)};
    });
}

std::vector<TransactionIdAge> ages_in(const Rows& rows) {
    return each_row<TransactionIdAge>(rows, [&](std::size_t row) {
        return TransactionIdAge{rows.at(row, 0), integer_at(rows, row, 1),
                                integer_at(rows, row, 2)};
    });
}

std::vector<CatalogTable> metadata_tables_in(const Rows& rows) {
    return each_row<CatalogTable>(rows, [&](std::size_t row) {
        return CatalogTable{rows.at(row, 0), integer_at(rows, row, 1), integer_at(rows, row, 2),
                            integer_at(rows, row, 3)};
    });
}

std::vector<PreparedTransaction> prepared_in(const Rows& rows) {
    return each_row<PreparedTransaction>(rows, [&](std::size_t row) {
        return PreparedTransaction{rows.at(row, 0), rows.at(row, 1), rows.at(row, 2),
                                   integer_at(rows, row, 3), rows.is_true(row, 4)};
    });
}

std::vector<ReplicationSlot> slots_in(const Rows& rows) {
    return each_row<ReplicationSlot>(rows, [&](std::size_t row) {
        return ReplicationSlot{rows.at(row, 0), rows.is_true(row, 1), rows.at(row, 2),
                               integer_at(rows, row, 3), rows.is_true(row, 4)};
    });
}

std::vector<UnplacedShard> unplaced_in(const Rows& rows) {
    return each_row<UnplacedShard>(rows, [&](std::size_t row) {
        return UnplacedShard{rows.at(row, 0), integer_at(rows, row, 1)};
    });
}

// Asks other nodes, and is not known where one of them is away.
void read_moves(Session& session, LeftoverFacts& facts) {
    const auto is_there = session.query(statement::kHasProgress);
    if (is_there && !is_there->is_true(0, 0)) {
        facts.moves = 0;
    } else if (const auto moves = session.query(statement::kMovingShards)) {
        facts.moves = integer_at(*moves, 0, 0);
    }
}

SqlResult<void> read_cleanup(Session& session, LeftoverFacts& facts) {
    const auto issued = citus::read_issued_ids(session);
    if (!issued) {
        return tl::unexpected(issued.error());
    }
    facts.last_shard_id = issued->shard;
    bool is_there = false;  // since Citus 11.3
    auto asked = read_into(session, is_there, statement::kHasCleanup, {},
                           [](const Rows& rows) { return rows.is_true(0, 0); });
    return asked && is_there
               ? read_into(session, facts.cleanup, statement::kCleanup, {}, first_column)
               : asked;
}

}  // namespace

SqlResult<CatalogFacts> read_catalog(Session& session, bool with_citus, bool is_coordinator) {
    CatalogFacts facts;
    auto read =
        read_into(session, facts.invalid_indexes, statement::kInvalidIndexes, {}, first_column);
    if (read) {
        const bool with_integers = !with_citus || is_coordinator;
        read = read_into(session, facts.sequences, statement::kSequences,
                         {with_integers ? "true" : "false"}, sequences_in);
    }
    if (read) {
        read = read_into(session, facts.ages, statement::kAges, {}, ages_in);
    }
    if (read && with_citus) {
        read = read_into(session, facts.metadata_tables, statement::kMetadataTables, {},
                         metadata_tables_in);
    }
    if (read && with_citus && is_coordinator) {
        read = read_into(session, facts.without_identity, statement::kWithoutIdentity, {},
                         first_column);
    }
    return read ? SqlResult<CatalogFacts>(std::move(facts)) : tl::unexpected(read.error());
}

SqlResult<LeftoverFacts> read_leftovers(Session& session, bool with_citus, bool is_coordinator) {
    LeftoverFacts facts;
    auto read = read_into(session, facts.prepared, statement::kPrepared, {}, prepared_in);
    if (read) {
        read = read_into(session, facts.slots, statement::kSlots, {}, slots_in);
    }
    if (read && with_citus) {
        read = read_into(session, facts.unplaced, statement::kUnplaced, {}, unplaced_in);
    }
    if (read && with_citus && is_coordinator) {
        read_moves(session, facts);
        read = read_cleanup(session, facts);
    }
    return read ? SqlResult<LeftoverFacts>(std::move(facts)) : tl::unexpected(read.error());
}

SqlResult<ObjectFacts> read_objects(Session& session) {
    ObjectFacts facts;
    const auto roles = session.query(statement::kRoles);
    if (!roles) {
        return tl::unexpected(roles.error());
    }
    for (std::size_t row = 0; row < roles->values.size(); ++row) {
        auto& traits = facts.roles[roles->at(row, 0)];
        for (auto& trait : split(roles->at(row, 1), '\n')) {
            if (!trait.empty()) {
                traits.insert(std::move(trait));
            }
        }
    }
    const auto extensions = session.query(statement::kExtensions);
    if (!extensions) {
        return tl::unexpected(extensions.error());
    }
    for (std::size_t row = 0; row < extensions->values.size(); ++row) {
        facts.extensions[extensions->at(row, 0)] = {extensions->at(row, 1), extensions->at(row, 2)};
    }
    return facts;
}

}  // namespace citus_init::doctor
