#pragma once

#include <string>
#include <vector>

#include "citus_init/citus/session.h"
#include "citus_init/doctor/node_facts.h"

namespace citus_init::doctor {

// A node that is to be examined: its name, row and place, and how it is reached as superuser.
struct Subject {
    NodeFacts facts;
    citus::ConnectionTarget target;
};

// `target` with the limits of an examination, so that a frozen node costs seconds.
citus::ConnectionTarget with_limits(citus::ConnectionTarget target);

// The same for a repair, which may take minutes.
citus::ConnectionTarget for_repair(citus::ConnectionTarget target);

// Reads what there is to know of each node, eight at a time, each by one session that changes
// nothing. What a server refuses is noted in `unread`; of one that does not answer in time
// (3 s to connect, 5 s for a statement) in `trouble`, and nothing more is asked of it. Name
// resolution is not bounded (citus::Connector).
std::vector<NodeFacts> examine(citus::Connector& connector, std::vector<Subject> subjects);

// Machine and certificate of the own node, from its files: without a server, too. The certificate
// only where its settings are known.
void examine_own_files(NodeFacts& own, const std::string& data_directory);

}  // namespace citus_init::doctor
