#include "ha/patroni/client/pulse_schedule.h"

namespace citus_init::patroni {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortInterval{2'000};
constexpr milliseconds kIntervalInDoubt{1'000};

}  // namespace

// A status that is answered proves as much as /liveness, except that Patroni's loop runs, which the
// age of its lease shows earlier. A status that is not answered proves nothing: Patroni queries its
// server for it, which may be slow. So it may cost 2 s more, and a short lease has no room for
// those.
PulseSchedule::Question PulseSchedule::next(const Known& known) {
    constexpr int kQuestionsPerStatus = 2;       // 6 s
    constexpr int kShortQuestionsPerStatus = 3;  // the same
    if (!known.is_running || known.is_in_doubt) {
        return Question::both;
    }
    const bool has_room = ha::question_interval_of(known.lease) > kShortInterval;
    const int number = questions_++;
    if (number % (has_room ? kQuestionsPerStatus : kShortQuestionsPerStatus) != 0) {
        return Question::liveness;
    }
    if (!has_room || known.needs_liveness) {
        return Question::both;
    }
    return is_answered_ ? Question::status : Question::liveness;
}

milliseconds PulseSchedule::pause(const Known& known, bool is_answered) {
    is_answered_ = is_answered;
    if (known.is_in_doubt) {
        return kIntervalInDoubt;
    }
    return is_answered && known.is_running ? ha::question_interval_of(known.lease) : kShortInterval;
}

}  // namespace citus_init::patroni
