#pragma once

#include <optional>

#include "citus_init/node/node.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/report.h"

namespace citus_init::node {

// What a node may do as a member of its cluster before and after its place is confirmed (ADR 27).
// All pure.

// How an existing data directory starts: closed and held back where it may be a copy of a member's.
// `marker`: none where the directory has none. With Patroni the configuration store decides.
Place initial_place(const settings::Settings& settings,
                    const std::optional<postgres::NodeMarker>& marker);

// After a report of the agent. What was confirmed once stays so until it is refused: an agent that
// was started anew only has not asked yet.
Place place_after(const Place& before, const status::PlaceReport& report);

// Whom pg_hba.conf is to let in over the network.
render::Clients clients_of(const Node& node);
// Whether Citus' maintenance daemon must leave the other nodes alone.
bool is_held_back(const Node& node);
// Why clients cannot use the node; none: they can.
const status::Condition& why_closed(const Node& node);

}  // namespace citus_init::node
