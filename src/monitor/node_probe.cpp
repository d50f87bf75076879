#include "monitor/node_probe.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "monitor/cluster_reader.h"
#include "monitor/cluster_statements.h"
#include "monitor/server_reader.h"
#include "monitor/server_statements.h"

namespace citus_init::monitor {

namespace {

constexpr std::chrono::milliseconds kConnectTimeout{3'000};
constexpr std::chrono::milliseconds kStatementDeadline{5'000};  // the server's limit is shorter

Seconds since(SteadyTime begin) {
    return std::chrono::steady_clock::now() - begin;
}

void note_no_answer(NodeProbe& probe) {
    NodeSnapshot& answer = probe.answer;
    answer.up = false;
    ++answer.consecutive_failures;
    answer.round_trip.reset();
    answer.facts.value.reset();
    answer.queries.value.reset();
    answer.shard_bytes.value.reset();
    answer.table_bytes.value.reset();
    probe.sizes = {};  // at once when it is back
}

Part<double> sum_of(const Part<Numbers>& part) {
    Part<double> sum;
    sum.collection = part.collection;
    if (part.value) {
        sum.value =
            std::accumulate(part.value->begin(), part.value->end(), 0.0,
                            [](double before, const auto& entry) { return before + entry.second; });
    }
    return sum;
}

void read_sizes(citus::Session& session, NodeProbe& probe, SteadyTime begin) {
    NodeSnapshot& answer = probe.answer;
    const bool can_ask = probe.knows_its_shards || probe.shard_names;
    const bool is_due = can_ask && probe.sizes.is_due(begin);
    const auto sizes_begin = std::chrono::steady_clock::now();
    if (is_due && probe.each_table) {
        collect(answer.table_bytes,
                [&] { return read_table_bytes(session, probe.group_id, probe.shard_names); });
        answer.shard_bytes = sum_of(answer.table_bytes);
    } else if (is_due) {
        collect(answer.shard_bytes,
                [&] { return read_shard_bytes(session, probe.group_id, probe.shard_names); });
    }
    probe.sizes.note_pass(is_due, begin, std::chrono::steady_clock::now() - sizes_begin);
}

}  // namespace

citus::ConnectionTarget with_limits(citus::ConnectionTarget target) {
    target.connect_timeout = std::min(target.connect_timeout, kConnectTimeout);
    target.statement_deadline = kStatementDeadline;
    target.application_name = "citus-init http";
    return target;
}

std::unique_ptr<citus::Session> open_session(citus::Connector& connector,
                                             const citus::ConnectionTarget& target, bool has_citus,
                                             Collection& collection) {
    const auto begin = std::chrono::steady_clock::now();
    auto session = connector.connect(target);
    collection.took = since(begin);
    if (!session) {
        note_failure(collection, session.error());
        return nullptr;
    }
    const auto prepared = (*session)->query(statement::kPrologue, {has_citus ? "true" : "false"});
    if (!prepared) {
        note_failure(collection, prepared.error());
        return nullptr;
    }
    collection.taken_at = std::chrono::system_clock::now();
    collection.sqlstate.clear();
    collection.error.clear();
    return std::move(*session);
}

void run_probe(citus::Connector& connector, const citus::ConnectionTarget& target,
               NodeProbe& probe) {
    NodeSnapshot& answer = probe.answer;
    const auto begin = std::chrono::steady_clock::now();
    const auto session = open_session(connector, target, true, answer.session);
    if (!session) {
        note_no_answer(probe);
        return;
    }
    const auto asked = std::chrono::steady_clock::now();
    const auto answered = session->query(statement::kRoundTrip);
    const Seconds round_trip = since(asked);
    if (!answered) {
        note_failure(answer.session, answered.error());
        note_no_answer(probe);
        return;
    }
    collect(answer.facts, [&] { return read_node_facts(*session); });
    if (!answer.facts.value) {
        note_no_answer(probe);
        return;
    }
    answer.up = true;
    answer.consecutive_failures = 0;
    answer.round_trip = round_trip;
    if (probe.group_id != 0) {
        collect(answer.queries, [&] { return read_queries(*session); });
    }
    read_sizes(*session, probe, begin);
}

}  // namespace citus_init::monitor
