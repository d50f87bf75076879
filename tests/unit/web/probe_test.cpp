#include "web/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace citus_init::web {
namespace {

using status::ConditionKind;
using status::GroupRole;
using status::NodeStatus;
using status::Phase;

NodeStatus in_phase(Phase phase, ConditionKind kind = ConditionKind::none,
                    std::int64_t postmaster = 0) {
    NodeStatus status;
    status.phase = phase;
    status.condition = {kind};
    status.postmaster = postmaster;
    return status;
}

NodeStatus member(GroupRole role, std::optional<std::int64_t> lag = {}) {
    auto status = in_phase(Phase::ready, ConditionKind::accepting_connections, 42);
    status.membership.group = status::GroupStatus{role};
    status.membership.group->lag = lag;
    return status;
}

struct Answers {
    bool live;
    bool startup;
    bool ready;
    bool primary;
    bool replica;
    bool read_only;
    bool operator==(const Answers&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Answers& a) {
    return out << a.live << a.startup << a.ready << a.primary << a.replica << a.read_only;
}

Answers answers(const NodeStatus& status, const std::string& hung = "") {
    const auto ask = [&](Probe probe) { return passes({probe}, status, hung); };
    return {ask(Probe::live),    ask(Probe::startup), ask(Probe::ready),
            ask(Probe::primary), ask(Probe::replica), ask(Probe::read_only)};
}

TEST(Probes, AnswerByPhase) {
    using enum ConditionKind;
    struct Case {
        NodeStatus status;
        Answers expected;
    };
    for (const auto& [status, expected] : {
             Case{in_phase(Phase::starting, reading_settings),
                  {true, false, false, false, false, false}},
             Case{in_phase(Phase::bootstrapping, initdb),
                  {true, false, false, false, false, false}},
             Case{in_phase(Phase::starting, preparing_citus, 42),
                  {true, true, false, false, false, false}},
             // A kubelet that waits for a startup probe kills no server in its recovery.
             Case{in_phase(Phase::recovering, crash_recovery, 42),
                  {true, true, false, false, false, false}},
             Case{in_phase(Phase::recovering, waiting_to_restart_server),
                  {true, true, false, false, false, false}},
             Case{in_phase(Phase::ready, accepting_connections, 42),
                  {true, true, true, true, false, true}},
             Case{in_phase(Phase::ready, accepting_reads, 42),
                  {true, true, true, false, true, true}},
             Case{in_phase(Phase::stopping, shutting_down, 42),
                  {true, true, false, false, false, false}},
             Case{in_phase(Phase::failed, ended), {false, false, false, false, false, false}},
         }) {
        EXPECT_EQ(answers(status), expected)
            << status::phase_name(status.phase) << ' ' << status::code_of(status.condition.kind);
    }
}

TEST(Probes, TakeAServerThatIsStartedAgainForStarted) {
    auto status = in_phase(Phase::starting, ConditionKind::validating_configuration);
    status.restarts = 1;
    EXPECT_TRUE(passes({Probe::startup}, status, ""));
}

TEST(Probes, AnswerByTheRoleInAGroupOfPatronis) {
    EXPECT_EQ(answers(member(GroupRole::leader)), (Answers{true, true, true, true, false, true}));
    EXPECT_EQ(answers(member(GroupRole::failsafe_primary)),
              (Answers{true, true, true, true, false, true}));
    for (const auto role : {GroupRole::replica, GroupRole::leaderless, GroupRole::read_only}) {
        EXPECT_EQ(answers(member(role)), (Answers{true, true, true, false, true, true}));
    }
}

TEST(Probes, TakeAHungPatroniForDeadAndNothingElse) {
    EXPECT_EQ(answers(member(GroupRole::leader), "it does not answer"),
              (Answers{false, true, true, true, false, true}));
    for (const auto phase : {Phase::bootstrapping, Phase::starting, Phase::stopping}) {
        auto status = member(GroupRole::leader);
        status.phase = phase;
        EXPECT_TRUE(passes({Probe::live}, status, "it does not answer")) << phase_name(phase);
    }
}

TEST(Probes, AskAReplicaForItsLag) {
    ProbeQuestion question{Probe::replica};
    question.longest_lag = 1000;
    EXPECT_TRUE(passes(question, member(GroupRole::replica, 1000), ""));
    EXPECT_FALSE(passes(question, member(GroupRole::replica, 1001), ""));
    EXPECT_TRUE(passes(question, member(GroupRole::replica), ""));
    question.probe = Probe::read_only;
    EXPECT_FALSE(passes(question, member(GroupRole::replica, 1001), ""));
    EXPECT_TRUE(passes(question, member(GroupRole::leader), ""));
}

TEST(Probes, HaveAScope) {
    auto status = in_phase(Phase::ready, ConditionKind::accepting_connections, 42);
    EXPECT_FALSE(passes({Probe::ready, ProbeScope::cluster}, status, ""));
    status.membership.joined = true;
    EXPECT_TRUE(passes({Probe::ready, ProbeScope::cluster}, status, ""));
    EXPECT_TRUE(passes({Probe::ready, ProbeScope::group}, status, ""));
    status.handover = {ConditionKind::no_handover};
    EXPECT_FALSE(passes({Probe::ready, ProbeScope::group}, status, ""));
}

TEST(ProbeAnswers, SayWhyALeaderCannotHandOver) {
    auto status = in_phase(Phase::ready, ConditionKind::accepting_connections, 42);
    status.handover = {ConditionKind::no_handover, "", "", "no replica is connected"};
    const auto reason = [&](ProbeScope scope) {
        const auto answer = answer_probe({Probe::ready, scope}, status, "", false);
        return nlohmann::json::parse(answer.body)["reason"].get<std::string>();
    };
    EXPECT_THAT(reason(ProbeScope::group), testing::HasSubstr("no replica is connected"));
    EXPECT_EQ(reason(ProbeScope::node), "accepting connections");
}

TEST(Probes, AreFoundByKubernetesAndPatronisNames) {
    EXPECT_EQ(find_probe("/livez"), Probe::live);
    EXPECT_EQ(find_probe("/startupz"), Probe::startup);
    EXPECT_EQ(find_probe("/readyz"), Probe::ready);
    EXPECT_EQ(find_probe("/read-write"), Probe::primary);
    EXPECT_EQ(find_probe("/read-only"), Probe::read_only);
    for (const char* path : {"", "/", "livez", "/livez/", "/LIVEZ", "/metrics"}) {
        EXPECT_FALSE(find_probe(path)) << path;
    }
}

TEST(ProbeQuestions, AreParsed) {
    const auto parsed = parse_question(Probe::replica, "verbose&scope=cluster&lag=16MB&else=1");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->verbose);
    EXPECT_EQ(parsed->scope, ProbeScope::cluster);
    EXPECT_EQ(parsed->longest_lag, std::int64_t{16} << 20U);
    EXPECT_EQ(parse_question(Probe::ready, "lag=1000")->longest_lag, 1000);
    EXPECT_EQ(parse_question(Probe::ready, "lag=1gb")->longest_lag, std::int64_t{1} << 30U);
    EXPECT_FALSE(parse_question(Probe::ready, "verbose=false")->verbose);
    EXPECT_TRUE(parse_question(Probe::ready, ""));
    for (const char* query :
         {"lag=", "lag=x", "lag=-1", "lag=99999999999999999TB", "scope=world", "scope"}) {
        EXPECT_FALSE(parse_question(Probe::ready, query)) << query;
    }
}

TEST(ProbeAnswers, SayStateReasonSinceAndRecovery) {
    auto status = in_phase(Phase::recovering, ConditionKind::archive_recovery, 42);
    status.since = "2026-11-29T01:00:00Z";
    status.recovery = citus::RecoveryProgress{"0/3000148", "recovery_target_name = 'before'", true};
    status.data_directory = "/var/lib/postgresql/data";
    const auto answer = answer_probe({Probe::ready}, status, "", false);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.content_type, "application/json");
    const auto json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["state"], "recovering");
    EXPECT_THAT(json["reason"].get<std::string>(), testing::HasSubstr("archive recovery"));
    EXPECT_EQ(json["since"], "2026-11-29T01:00:00Z");
    EXPECT_EQ(json["recovery"]["replayed"], "0/3000148");
    EXPECT_FALSE(json.contains("data_directory"));
    const auto whole = nlohmann::json::parse(answer_probe({Probe::live}, status, "", true).body);
    EXPECT_EQ(whole["data_directory"], "/var/lib/postgresql/data");
}

TEST(ProbeAnswers, SayThatPatroniHangs) {
    const auto leader = member(GroupRole::leader);
    EXPECT_EQ(nlohmann::json::parse(
                  answer_probe({Probe::live}, leader, "it hangs", false).body)["reason"],
              "it hangs");
}

}  // namespace
}  // namespace citus_init::web
