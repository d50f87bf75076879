#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace citus_init::backup {

// What a server says of its archiver; times in seconds since 1970, by its clock.
struct ArchiverFacts {
    bool in_recovery = false;
    std::string system_identifier;
    std::string command;  // archive_command as it is in force
    double now = 0;
    std::optional<double> last_archived;
    std::optional<double> last_failed;
    std::int64_t ready_segments = 0;     // complete, and not archived yet
    std::optional<double> oldest_ready;  // when the first of them was complete
    std::int64_t segment_bytes = 0;
    std::int64_t wal_position = 0;  // bytes of WAL that the server has written in its life
};

enum class ArchivingState {
    working,
    failing,  // the last attempt did
    hanging,  // a segment has waited for more than a minute, and no attempt has ended since
};

// A minute is what the archiver itself waits before it tries again (PGARCH_AUTOWAKE_INTERVAL), and
// longer than one segment takes.
ArchivingState assess_archiving(const ArchiverFacts& facts);

// Whether the server's archive_command is that of the stanza. False for "".
bool archives_to(const ArchiverFacts& facts, const std::string& stanza);

// How fast WAL is written, over the last minutes.
class WalRate {
  public:
    void add(double now, std::int64_t wal_position);
    // Until `free` bytes are full; none: not known yet, or none is written.
    std::optional<std::chrono::seconds> time_for(std::uint64_t free) const;

  private:
    struct Sample {
        double time = 0;
        std::int64_t position = 0;
    };
    std::deque<Sample> samples_;
};

}  // namespace citus_init::backup
