#pragma once

#include "citus_init/citus/membership/candidate.h"

// Texts for servers that may hold the only copy of something.
namespace citus_init::citus {

// Whatever turns out later to be in the old one is still there then.
inline constexpr const char* kNewDirectory =
    "start the worker with a new data directory (a new volume) and keep the present one until "
    "nobody needs its rows";
inline constexpr const char* kNothingChanged = "Nothing was changed there";

Classification foreign(const MembershipFacts& facts);
// Its coordinator bears this one's name, but this one knows no such server.
Classification unknown_member(const MembershipFacts& facts);
// Recorded, and without a row: it was removed by somebody, or this coordinator was restored.
Classification removed_member(const MembershipFacts& facts);

}  // namespace citus_init::citus
