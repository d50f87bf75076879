#pragma once

#include <string>
#include <vector>

namespace citus_init::backup {

// How a server came to its WAL: names of segments, "000000020000000A000000FF".
struct WalHistory {
    std::string last;  // that it writes; "" = not known
    // Where it left each earlier timeline, which others may have gone on with. Empty on timeline 1,
    // and where it is not known.
    std::vector<std::string> left{};
    bool operator==(const WalHistory&) const = default;
};

// Whether the server has written all of that segment, on its timeline or on one that it descends
// from. After a restore to an earlier point it has not written what came after that point. Where
// `left` is not known, numbers alone count. Pure.
bool has_written(const WalHistory& history, const std::string& segment);

}  // namespace citus_init::backup
