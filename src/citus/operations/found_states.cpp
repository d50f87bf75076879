#include "citus/operations/found_states.h"

#include <algorithm>
#include <utility>

#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/node_record.h"

#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

constexpr const char* kHasStates =
    "SELECT pg_catalog.to_regclass('citus_init.node_state') IS NOT NULL";

constexpr const char* kFoundStates =
    "SELECT nodename, nodeport, state, standing, reason, desired, system_identifier, server_id, "
    "pg_catalog.to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - since))::pg_catalog.int8 "
    "FROM citus_init.node_state ORDER BY nodename, nodeport";

NodeListing& listing_at(std::vector<NodeListing>& listings, const HostPort& address) {
    const auto known = std::find_if(listings.begin(), listings.end(), [&](const auto& listing) {
        return listing.node.address == address;
    });
    if (known != listings.end()) {
        return *known;
    }
    NodeListing foreign;
    foreign.node.address = address;
    return listings.emplace_back(std::move(foreign));
}

// The coordinator has no record of itself.
SqlResult<void> add_own_identity(Session& coordinator, std::vector<NodeListing>& listings) {
    const auto own = read_own_place(coordinator);
    if (!own) {
        return tl::unexpected(own.error());
    }
    for (auto& listing : listings) {
        if (listing.node.node_id != 0 && listing.node.group_id == own->group_id) {
            listing.identity = own->identity;
        }
    }
    return {};
}

SqlResult<void> add_identities(Session& coordinator, std::vector<NodeListing>& listings) {
    const auto records = read_records(coordinator);
    if (!records) {
        return tl::unexpected(records.error());
    }
    for (const auto& record : *records) {
        for (auto& listing : listings) {
            if (listing.node.node_id == record.node_id) {
                listing.identity = record.identity;
            }
        }
    }
    return {};
}

}  // namespace

SqlResult<void> add_what_was_found(Session& coordinator, std::vector<NodeListing>& listings) {
    if (auto added = add_own_identity(coordinator, listings); !added) {
        return added;
    }
    if (auto added = add_identities(coordinator, listings); !added) {
        return added;
    }
    const auto there = ask(coordinator, kHasStates);
    if (!there || !*there) {
        return there ? SqlResult<void>{} : tl::unexpected(there.error());
    }
    const auto rows = coordinator.query(kFoundStates);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        NodeListing& listing = listing_at(listings, address_at(*rows, row, 0));
        listing.found = FoundState{rows->at(row, 2),
                                   rows->at(row, 3),
                                   rows->at(row, 4),
                                   rows->at(row, 8),
                                   std::chrono::seconds(bigint_at(*rows, row, 9)),
                                   rows->is_true(row, 5)};
        if (!listing.identity && !rows->is_null(row, 7)) {
            listing.identity = Identity{rows->at(row, 6), rows->at(row, 7)};
        }
    }
    return {};
}

}  // namespace citus_init::citus
