#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace citus_init::ha {

// What decides when another member may be promoted. All members of a group take it from the
// configuration store, where it may be changed while they run.
struct Lease {
    std::chrono::seconds ttl{30};            // Patroni's own defaults, where the store has none
    std::chrono::seconds loop_wait{10};      // the leader renews it this often
    std::chrono::seconds retry_timeout{10};  // how long it tries to, before it demotes itself
    bool failsafe_mode = false;              // or stays, where all members answer it
    bool synchronous_mode = false;           // a replica has every acknowledged write
    bool operator==(const Lease&) const = default;
};

// How long a primary may live while its manager does not answer: another member is promoted when
// the leader key has run out, ttl after it was last renewed, and that was up to loop_wait before
// the last answer. Less what the watchdog itself may take: the kernel ends the processes, and
// probes are two seconds apart. A second at least. Pure.
std::chrono::milliseconds answer_timeout_of(const Lease& lease);

// How long ago the manager of a primary may have reached the configuration store. Patroni sets that
// time (dcs_last_seen) when it has read the store, which it may do from its memory, so the key may
// be loop_wait older. A working manager has noticed after loop_wait and retry_timeout, has asked
// the other members where failsafe mode is on, and has demoted itself or reported that failsafe
// mode is active; one that hangs is ended at this age. Before ttl in any case; before
// ttl - loop_wait where ttl >= 2 loop_wait + retry_timeout + 6 s, so that it is certain that no
// other member leads. Pure.
std::chrono::milliseconds store_timeout_of(const Lease& lease);

// How long after the start of one question to a manager that answers the next one starts: a quarter
// of answer_timeout_of(), at least 2 s and at most 3 s, so that the three unanswered questions that
// the watchdog needs, and the time that each waits for its answer, have room in that timeout. Pure.
std::chrono::milliseconds question_interval_of(const Lease& lease);

// Once a manager's last contact with the configuration store is older than this, the store is in
// doubt and questions are a second apart. Longer than a usual loop, at least 6 s; but so short that
// an age has been in doubt before it is store_timeout_of(), whenever the questions come. Pure.
std::chrono::seconds doubt_age_of(const Lease& lease);

// From an object with these names, as Patroni answers GET /config. None where it is no object.
// Pure, for any bytes.
std::optional<Lease> lease_from_json(const std::string& json);

}  // namespace citus_init::ha
