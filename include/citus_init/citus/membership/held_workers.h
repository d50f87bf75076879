#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/membership/candidate.h"
#include "citus_init/citus/membership/node_lock.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/membership/shard_proof.h"

namespace citus_init::citus {

// Why nothing may be done to a registered worker.
enum class Refusal {
    away,          // does not answer, or cannot be asked yet
    busy,          // another citus-init holds it
    impostor,      // somebody else answers under its name
    unrecorded,    // answers as a member, but the coordinator has no record of who it is
    incomplete,    // it is the recorded one, but shards of it are missing
    newer,         // it knows more than the coordinator has made: that one was restored
    led_by_other,  // it reaches another server with the coordinator's identity: a copy, or the
                   // original
};

struct Unproven {
    HostPort address;
    int group_id = 0;
    Refusal why = Refusal::away;
    std::string reason;  // in words, with what is at stake and what to do
};

// Pure. Whether the server that answered at the row's address is the recorded one: system
// identifier and server id, its group, and, where `shards` was asked for, all its shards. None: it
// is proven.
std::optional<Unproven> unproven(const RegisteredNode& row, const SqlResult<CandidateFacts>& answer,
                                 const std::optional<ShardProof>& shards,
                                 const CoordinatorView& view);

// Pure. Whether a proven worker's metadata is of a later state of the coordinator than the present
// one: every change of the membership would take it from the worker, which may be the only one who
// knows the tables that its shards belong to. `issued` must have been read after `candidate`.
std::optional<Unproven> newer_than_coordinator(const RegisteredNode& row,
                                               const CandidateFacts& candidate,
                                               const CatalogIds& issued);

// Pure. Whether a proven worker is led by another server with the coordinator's data. `leader`:
// whom it reaches as its coordinator, none where it does not know.
std::optional<Unproven> led_by_another(const RegisteredNode& row,
                                       const std::optional<LeaderView>& leader);

// The two above for a recorded worker that is held at another address than its registered one.
// Error: the coordinator's session.
[[nodiscard]] SqlResult<std::optional<Unproven>> ahead_of_coordinator(Session& coordinator,
                                                                      const RegisteredNode& row,
                                                                      const Candidate& worker);

// Registered workers that were proven, each held by its node lock (shared) on a session of its own
// for as long as this object lives. What Citus does to the cluster it does to all active workers:
// it changes their metadata, copies shards from one to the other. So all of them are held while
// something is done to one.
class HeldWorkers {
  public:
    struct Settings {
        // How to reach a worker: all but its host and port.
        ConnectionTarget target;
        std::chrono::milliseconds wait{1'000};  // for the lock of each
        // Search every shard, too; and record a member that has them all and was never recorded,
        // once its own connection to its coordinator has led here (a cluster from before).
        bool with_shards = false;
        // A session on the address that is open already and shows who answers there now; null:
        // there is none. Called on the caller's thread.
        std::function<std::unique_ptr<Session>(const HostPort&)> open_session;
    };

    // Reads the records, then connects to all active workers of pg_dist_node at a time.
    // Error: of the coordinator's session.
    [[nodiscard]] static SqlResult<HeldWorkers> hold(Session& coordinator, Connector& connector,
                                                     const Settings& settings);

    bool all_proven() const { return unproven_.empty(); }
    const std::vector<Unproven>& not_proven() const { return unproven_; }
    // Null: not proven, or no active worker.
    const Unproven* refusal_of(const HostPort& address) const;
    Session* session_on(const HostPort& address) const;
    const CandidateFacts* facts_of(const HostPort& address) const;

    // One more that this coordinator has just registered, whose session has the lock already.
    void adopt(const HostPort& address, Candidate candidate);

    // Those on which no connection with that mark is open (connection_mark()), or that cannot be
    // asked any more: Citus went elsewhere than to whom is held. One line of reason, "" = none.
    std::string missing_connection(const std::string& mark) const;

    // Connects to each held worker anew: its name may lead elsewhere now. One that restarted is
    // held on the new session; one that does not answer is passed over. Also keeps the sessions
    // from being ended as idle. One line of reason, "" = all are still whom they were.
    std::string recheck(Connector& connector, const ConnectionTarget& target);

  private:
    struct Held {
        HostPort address;
        Candidate candidate;
    };

    std::vector<Held> held_;
    std::vector<Unproven> unproven_;
};

// Why the connections with that mark (connection_mark()) do not lead to the server that `node` is a
// session on; "" = one does, or there are no marks.
std::string went_elsewhere(Session& node, const HostPort& address, const std::string& mark);

// "w3:5432 is lost (somebody else answers under its name): ...", a line for each.
std::string refusal_text(const std::vector<Unproven>& refusals);

}  // namespace citus_init::citus
