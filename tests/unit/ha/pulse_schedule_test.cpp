#include "ha/patroni/client/pulse_schedule.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle_member.h"

namespace citus_init::patroni {
namespace {

using ha::Lease;
using lifecycle::DrivenMember;
using lifecycle::Policy;
using lifecycle::Step;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Question = PulseSchedule::Question;

constexpr milliseconds kAnswered{10};       // what a request takes
constexpr milliseconds kUnanswered{2'000};  // RestClient's limit
constexpr milliseconds kForever{3'600'000};

// A Patroni: its loop renews the lease each loop_wait until it stops, its REST API does not answer
// from one time to another.
struct Fault {
    milliseconds silent_from{0};
    milliseconds silent_until{0};
    milliseconds stuck_from{kForever};
};

// What shows the age of the lease.
enum class Evidence { etcd, contact, nothing };

// One agent: what it asks, and when. `age`: of the lease, as far as it is known.
class Agent {
  public:
    Agent() = default;
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    virtual ~Agent() = default;
    virtual Question next(std::optional<seconds> age) = 0;
    virtual milliseconds pause(std::optional<seconds> age, bool is_answered) = 0;
    // From one reading of etcd to the next.
    virtual milliseconds reading_interval(seconds age) const = 0;
};

class Ours final : public Agent {
  public:
    Ours(const Lease& lease, Evidence evidence)
        : known_{lease, true, false, evidence != Evidence::etcd} {}

    Question next(std::optional<seconds> age) override {
        known_.is_in_doubt = is_in_doubt(age);
        return schedule_.next(known_);
    }
    milliseconds pause(std::optional<seconds> age, bool is_answered) override {
        known_.is_in_doubt = is_in_doubt(age);
        return schedule_.pause(known_, is_answered);
    }
    milliseconds reading_interval(seconds age) const override {
        return is_in_doubt(age) ? seconds(1) : ha::question_interval_of(known_.lease);
    }

  private:
    bool is_in_doubt(std::optional<seconds> age) const {
        return age > ha::doubt_age_of(known_.lease);
    }

    PulseSchedule::Known known_;
    PulseSchedule schedule_;
};

// As it was before the lease counted.
class EveryTwoSeconds final : public Agent {
  public:
    Question next(std::optional<seconds> age) override {
        return number_++ % 3 == 0 || age > kOld ? Question::both : Question::liveness;
    }
    milliseconds pause(std::optional<seconds> age, bool /*is_answered*/) override {
        return age > kOld ? seconds(1) : seconds(2);
    }
    milliseconds reading_interval(seconds age) const override {
        return age > kOld ? seconds(1) : seconds(2);
    }

  private:
    static constexpr seconds kOld{6};
    int number_ = 0;
};

// The questions of an agent to one Patroni, and what PID 1 makes of its reports.
class Simulation {
  public:
    Simulation(const Lease& lease, Agent& agent, const Fault& fault,
               Evidence evidence = Evidence::etcd)
        : lease_(lease),
          agent_(agent),
          fault_(fault),
          evidence_(evidence),
          member_(policy_of(lease)) {
        member_.supervising();
    }

    // When the watchdog ended the server; none: not before `end`.
    std::optional<milliseconds> run(milliseconds end) {
        for (milliseconds next{0}; now_ < end;) {
            const bool is_answered = probe();
            if (member_.at() == Step::ending_server) {
                return now_;
            }
            next = std::max(next + agent_.pause(age(), is_answered), now_);
            now_ = next;
        }
        return std::nullopt;
    }

    int requests() const { return requests_; }

    // The last one before `at`.
    milliseconds renewal(milliseconds at) const {
        const auto alive = std::min({at, fault_.stuck_from, fault_.silent_from});
        return alive / lease_.loop_wait * lease_.loop_wait;
    }

  private:
    static Policy policy_of(const Lease& lease) {
        Policy policy;
        policy.answer_timeout = ha::answer_timeout_of(lease);
        policy.store_timeout = ha::store_timeout_of(lease);
        return policy;
    }

    // As StoredGroupWatch and StoreContact have it, with the time that passed since they knew.
    std::optional<seconds> age() {
        if (evidence_ == Evidence::nothing) {
            return std::nullopt;
        }
        if (evidence_ == Evidence::etcd) {
            const auto pause = agent_.reading_interval(seen_age_) + kAnswered;
            while (seen_ + pause <= now_) {
                see(seen_ + pause);
            }
        }
        return seen_age_ + std::chrono::ceil<seconds>(now_ - seen_);
    }

    void see(milliseconds at) {
        seen_ = at;
        seen_age_ = std::chrono::ceil<seconds>(at - renewal(at));
    }

    bool request() {
        ++requests_;
        const bool is_silent = now_ >= fault_.silent_from && now_ < fault_.silent_until;
        const milliseconds answer = (is_silent ? fault_.silent_until : now_) + kAnswered;
        const bool is_answered = answer <= now_ + kUnanswered;
        now_ = is_answered ? answer : now_ + kUnanswered;
        return is_answered;
    }

    bool ask_status(ha::Pulse& pulse) {
        if (!request()) {
            return false;
        }
        if (evidence_ == Evidence::contact) {
            see(now_);
        }
        pulse.store_age = age();
        return true;
    }

    // 503 once the loop has stood still for ttl.
    bool ask_liveness(ha::Pulse& pulse) {
        const bool is_answered = request();
        const bool is_stuck =
            now_ > renewal(fault_.stuck_from) + lease_.ttl && now_ > fault_.stuck_from;
        pulse.answer = !is_answered ? ha::Answer::silent
                       : is_stuck   ? ha::Answer::stuck
                                    : ha::Answer::alive;
        return is_answered;
    }

    bool probe() {
        ha::Pulse pulse{ha::Answer::alive, ha::MemberRole::primary, "running", false};
        bool is_answered = true;
        switch (agent_.next(age())) {
            case Question::liveness:
                is_answered = ask_liveness(pulse);
                break;
            case Question::status:
                is_answered = ask_status(pulse) || ask_liveness(pulse);
                break;
            case Question::both:
                // A status that nobody answers proves nothing.
                is_answered = ask_liveness(pulse);
                if (is_answered) {
                    ask_status(pulse);
                }
                break;
        }
        member_.later(now_ - member_.now());
        member_.happens(lifecycle::PulseTaken{pulse});
        return is_answered;
    }

    Lease lease_;
    Agent& agent_;
    Fault fault_;
    Evidence evidence_;
    DrivenMember member_;
    milliseconds now_{0};
    milliseconds seen_{0};  // when the age of the lease was
    seconds seen_age_{0};
    int requests_ = 0;
};

constexpr Fault silent(milliseconds from) {
    return {from, kForever, kForever};
}

constexpr Fault stuck(milliseconds from) {
    return {kForever, kForever, from};
}

// The longest that a primary lives.
struct Longest {
    milliseconds from_fault{0};
    milliseconds from_renewal{0};
};

struct Compared {
    Longest ours;
    Longest before;
};

void lengthen(Longest& longest, const Lease& lease, Agent& agent, const Fault& fault,
              Evidence evidence) {
    const auto at = std::min(fault.silent_from, fault.stuck_from);
    Simulation simulation(lease, agent, fault, evidence);
    const auto ended = simulation.run(at + lease.ttl + seconds(60));
    EXPECT_TRUE(ended) << "the primary still lives";
    EXPECT_GE(ended.value_or(kForever), at) << "a healthy primary was ended";
    longest.from_fault = std::max(longest.from_fault, ended.value_or(kForever) - at);
    longest.from_renewal =
        std::max(longest.from_renewal, ended.value_or(kForever) - simulation.renewal(at));
}

// Of faults at any time, one of them just after an answer.
Compared longest_of(const Lease& lease, Fault fault_at(milliseconds), Evidence evidence) {
    constexpr milliseconds kBegin{12'020};
    constexpr milliseconds kEnd = kBegin + milliseconds(12'000);  // both patterns repeat within
    Compared longest;
    for (milliseconds at = kBegin; at < kEnd; at += milliseconds(300)) {
        Ours ours(lease, evidence);
        EveryTwoSeconds before;
        lengthen(longest.ours, lease, ours, fault_at(at), evidence);
        lengthen(longest.before, lease, before, fault_at(at), evidence);
    }
    return longest;
}

std::string text_of(const Lease& lease) {
    return std::to_string(lease.ttl.count()) + "/" + std::to_string(lease.loop_wait.count()) + "/" +
           std::to_string(lease.retry_timeout.count());
}

// As Patroni demands: ttl >= loop_wait + 2 retry_timeout.
std::vector<Lease> leases() {
    constexpr int kRetryTimeout = 3;
    std::vector<Lease> all;
    for (int ttl = 7; ttl <= 90; ttl += ttl < 24 ? 1 : 6) {
        for (const int loop_wait : {1, 3, 5, 10, 30}) {
            if (loop_wait + 2 * kRetryTimeout <= ttl) {
                all.push_back({seconds(ttl), seconds(loop_wait), seconds(kRetryTimeout)});
            }
        }
    }
    return all;
}

constexpr milliseconds kThreeUnanswered{6'000};

// The key was renewed up to loop_wait before the silence, so it lives for ttl - loop_wait at least.
TEST(PulseSchedule, EndsASilentPrimaryBeforeItsKeyRunsOutWhateverTheLease) {
    for (const Evidence evidence : {Evidence::etcd, Evidence::nothing}) {
        for (const Lease& lease : leases()) {
            const auto [ours, before] = longest_of(lease, silent, evidence);
            const auto interval = ha::question_interval_of(lease);
            EXPECT_LE(ours.from_fault, before.from_fault + interval) << text_of(lease);
            if (evidence == Evidence::nothing && interval == seconds(2)) {
                EXPECT_EQ(ours.from_fault, before.from_fault) << text_of(lease);
            }
            if (ha::answer_timeout_of(lease) >= kThreeUnanswered) {
                EXPECT_LT(ours.from_fault, lease.ttl - lease.loop_wait) << text_of(lease);
            }
        }
    }
}

// A stopped loop shows in the age of the lease, before ttl; where nothing shows that age, only
// /liveness tells, once ttl has passed.
TEST(PulseSchedule, EndsAPrimaryWhoseLoopIsStuckAtMostAnIntervalLaterWhateverTheLease) {
    constexpr milliseconds kNoticed{2'000};  // the age is rounded up, and known each second
    for (const Evidence evidence : {Evidence::etcd, Evidence::contact, Evidence::nothing}) {
        for (const Lease& lease : leases()) {
            const auto [ours, before] = longest_of(lease, stuck, evidence);
            const auto interval = ha::question_interval_of(lease);
            EXPECT_LE(ours.from_fault, before.from_fault + interval) << text_of(lease);
            if (evidence != Evidence::nothing &&
                ha::store_timeout_of(lease) + kNoticed < lease.ttl) {
                EXPECT_LT(ours.from_renewal, lease.ttl) << text_of(lease);
            }
        }
    }
}

// As on a machine that swaps.
TEST(PulseSchedule, LetsAPrimaryLiveWhosePatroniIsSilentForLessThanTheTimeoutLessAnInterval) {
    for (const bool needs_liveness : {false, true}) {
        for (const Lease& lease : leases()) {
            const auto lasts =
                ha::answer_timeout_of(lease) - ha::question_interval_of(lease) - milliseconds(1);
            for (milliseconds from{12'020}; from < milliseconds(24'000);
                 from += milliseconds(300)) {
                Ours ours(lease, needs_liveness ? Evidence::nothing : Evidence::etcd);
                // The age of the lease is not what ends it here.
                Simulation simulation(lease, ours, Fault{from, from + lasts}, Evidence::nothing);
                EXPECT_EQ(simulation.run(from + lasts + seconds(30)), std::nullopt)
                    << text_of(lease) << " from " << from.count();
            }
        }
    }
}

TEST(PulseSchedule, AsksHalfAsMuchWhereEtcdShowsTheLease) {
    const Lease lease{seconds(20), seconds(5), seconds(5)};
    const auto requests_of = [&](Agent&& agent, Evidence evidence) {
        Simulation simulation(lease, agent, Fault{kForever, kForever}, evidence);
        EXPECT_EQ(simulation.run(milliseconds(600'000)), std::nullopt);
        return simulation.requests();
    };
    EXPECT_EQ(requests_of(Ours(lease, Evidence::etcd), Evidence::etcd), 200);
    EXPECT_EQ(requests_of(Ours(lease, Evidence::nothing), Evidence::nothing), 300);
    EXPECT_EQ(requests_of(EveryTwoSeconds(), Evidence::nothing), 400);
}

// --- Which question ---

std::vector<Question> questions(PulseSchedule::Known known, int count) {
    PulseSchedule schedule;
    std::vector<Question> asked;
    for (int i = 0; i < count; ++i) {
        asked.push_back(schedule.next(known));
        static_cast<void>(schedule.pause(known, true));
    }
    return asked;
}

TEST(PulseSchedule, AsksOneQuestionAtATimeWhereTheLeaseHasRoom) {
    const Lease usual{seconds(20), seconds(5), seconds(5)};
    const Lease tight{seconds(10), seconds(2), seconds(3)};
    using enum PulseSchedule::Question;
    EXPECT_EQ(questions({usual, true, false}, 4),
              (std::vector{status, liveness, status, liveness}));
    EXPECT_EQ(questions({tight, true, false}, 4), (std::vector{both, liveness, liveness, both}));
    EXPECT_EQ(questions({usual, true, false, true}, 4),
              (std::vector{both, liveness, both, liveness}));
    EXPECT_EQ(questions({usual, false, false}, 2), (std::vector{both, both}));
    EXPECT_EQ(questions({usual, true, true}, 2), (std::vector{both, both}));
}

TEST(PulseSchedule, AsksNoStatusOfAPatroniThatDoesNotAnswer) {
    const PulseSchedule::Known known{{seconds(20), seconds(5), seconds(5)}, true, false};
    PulseSchedule schedule;
    EXPECT_EQ(schedule.next(known), Question::status);
    EXPECT_EQ(schedule.pause(known, false), seconds(2));
    EXPECT_EQ(schedule.next(known), Question::liveness);
    EXPECT_EQ(schedule.pause(known, false), seconds(2));
    EXPECT_EQ(schedule.next(known), Question::liveness);
    EXPECT_EQ(schedule.pause(known, true), seconds(3));
}

TEST(PulseSchedule, AsksMoreOftenInDoubtAndInChange) {
    const Lease usual{seconds(20), seconds(5), seconds(5)};
    PulseSchedule schedule;
    EXPECT_EQ(schedule.pause({usual, true, false}, true), seconds(3));
    EXPECT_EQ(schedule.pause({usual, true, true}, true), seconds(1));
    EXPECT_EQ(schedule.pause({usual, false, false}, true), seconds(2));
}

}  // namespace
}  // namespace citus_init::patroni
