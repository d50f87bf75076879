#include "citus_init/citus/membership/place.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/membership/place_statements.h"
#include "citus/membership/prober.h"
#include "citus/own_functions.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

OwnFunctions member_check() {
    return {statement::kMemberCheckVersion,
            statement::kCurrentMemberCheckVersion,
            statement::kCommentMemberCheck,
            // The function reads the records, which are otherwise made with the first of them.
            {statement::kMakeRecords, statement::kCreateMemberCheck, statement::kRevokeMemberCheck},
            statement::kMayCheckMembers,
            statement::kLetCheckMembers};
}

std::optional<ServerRun> parse_server_run(const std::string& text) {
    constexpr std::size_t kFields = 4;
    const auto fields = split(text, ' ');
    if (fields.size() != kFields) {
        return std::nullopt;
    }
    return ServerRun{fields[0], fields[1], fields[2], fields[3] == "true"};
}

SqlError no_answer(const std::string& text) {
    return {sqlstate::kConnectionFailure, text, "", ""};
}

SqlResult<ServerRun> run_of(const std::string& text) {
    auto run = parse_server_run(text);
    if (!run) {
        return tl::unexpected(no_answer("no identity in the answer: " + text));
    }
    return *std::move(run);
}

std::optional<LeaderView> view_of(Connector& connector, const ConnectionTarget& target,
                                  const HostPort& worker, const ServerRun& own) {
    const auto session = connector.connect(target_at(target, worker));
    return session ? leader_of(**session, worker, own) : std::nullopt;
}

SqlResult<ServerRun> run_at(Connector& connector, const ConnectionTarget& target,
                            const HostPort& address) {
    const auto session = connector.connect(target_at(target, address));
    if (!session) {
        return tl::unexpected(session.error());
    }
    return read_server_run(**session);
}

}  // namespace

const char* to_string(PlaceState state) {
    switch (state) {
        case PlaceState::waiting:
            return "waiting";
        case PlaceState::provisional:
            return "provisional";
        case PlaceState::confirmed:
            return "confirmed";
        case PlaceState::refused:
            return "refused";
    }
    return "waiting";
}

SqlResult<ServerRun> read_server_run(Session& session) {
    const auto rows = session.query(statement::kServerRun);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return run_of(rows->empty() ? std::string() : rows->at(0, 0));
}

SqlResult<bool> ensure_member_check(Session& coordinator) {
    return ensure_functions(coordinator, member_check());
}

SqlResult<void> let_nodes_check_members(Session& coordinator) {
    return let_nodes_call(coordinator, member_check());
}

SqlResult<RegisteredMember> ask_member_at(Session& coordinator, int group_id,
                                          const ServerRun& own) {
    const auto rows =
        coordinator.query(statement::kMemberAt, {std::to_string(group_id), own.server_id});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    RegisteredMember member;
    if (rows->empty()) {
        return member;
    }
    member.address = address_at(*rows, 0, 0);
    if (!rows->is_null(0, 2)) {
        member.is_recorded = rows->is_true(0, 2);
    }
    if (rows->is_true(0, 3)) {
        member.answering = parse_server_run(rows->at(0, 4));
    }
    return member;
}

LeaderReach reach_of(const ServerRun& own, const SqlResult<ServerRun>& answer) {
    if (answer) {
        if (*answer == own) {
            return LeaderReach::self;
        }
        // A standby of this coordinator takes no writes and leads nobody.
        return answer->same_data(own) && !answer->in_recovery ? LeaderReach::other_run
                                                              : LeaderReach::absent;
    }
    const auto says = [&](const char* text) {
        return answer.error().message.find(text) != std::string::npos;
    };
    // The kernel's and the resolver's words for "nobody is there"; the last two are libpq's and
    // OpenSSL's for a server of another authority, so of another cluster. 42P01: no Citus there.
    const bool nobody = says("Connection refused") || says("could not translate host name") ||
                        says("Name or service not known") || says("certificate verify failed") ||
                        says("unknown ca") ||
                        answer.error().sqlstate == sqlstate::kUndefinedTable ||
                        answer.error().sqlstate == sqlstate::kInvalidCatalogName;
    return nobody ? LeaderReach::absent : LeaderReach::unreachable;
}

std::optional<LeaderView> leader_of(Session& worker, const HostPort& address,
                                    const ServerRun& own) {
    if (!worker.query(statement::kShortNodeTimeout)) {
        return std::nullopt;
    }
    const auto rows = worker.query(statement::kLeaderOf, {statement::kServerRun});
    if (!worker.query(statement::kUsualNodeTimeout) || !rows || rows->empty()) {
        return std::nullopt;
    }
    const auto answer = rows->is_true(0, 2)
                            ? run_of(rows->at(0, 3))
                            : SqlResult<ServerRun>(tl::unexpected(no_answer(rows->at(0, 3))));
    return LeaderView{address, address_at(*rows, 0, 0), reach_of(own, answer)};
}

SqlResult<LeaderViews> find_leaders(Session& own, Connector& connector,
                                    const ConnectionTarget& target) {
    constexpr std::size_t kMostThreads = 16;
    const auto run = read_server_run(own);
    if (!run) {
        return tl::unexpected(run.error());
    }
    const auto cluster = read_cluster(own);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    LeaderViews views;
    views.has_workers = !cluster->workers.empty();
    if (!views.has_workers) {
        return views;
    }
    if (cluster->coordinator) {
        const HostPort& address = cluster->coordinator->address;
        views.own =
            LeaderView{address, address, reach_of(*run, run_at(connector, target, address))};
    }
    std::vector<std::optional<LeaderView>> found(cluster->workers.size());
    in_parallel(found.size(), kMostThreads, [&](std::size_t index) {
        found[index] = view_of(connector, target, cluster->workers[index].address, *run);
    });
    for (auto& view : found) {
        if (view) {
            views.workers.push_back(*std::move(view));
        }
    }
    return views;
}

}  // namespace citus_init::citus
