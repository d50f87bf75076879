#include "citus_init/backup/wal_history.h"

#include <algorithm>

#include "citus_init/base/wal_segment.h"

namespace citus_init::backup {

bool has_written(const WalHistory& history, const std::string& segment) {
    const auto written = parse_wal_segment(segment);
    const auto last = parse_wal_segment(history.last);
    if (!written || !last) {
        return false;
    }
    if (written->timeline == last->timeline || history.left.empty()) {
        return written->timeline <= last->timeline && is_before(*written, *last);
    }
    return std::any_of(history.left.begin(), history.left.end(), [&](const std::string& name) {
        const auto end = parse_wal_segment(name);
        return end && end->timeline == written->timeline && is_before(*written, *end);
    });
}

}  // namespace citus_init::backup
