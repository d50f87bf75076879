#include "citus_init/ha/lease.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::ha {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// What the watchdog itself may take.
constexpr milliseconds kMargin{3'000};
constexpr milliseconds kLeast{1'000};

// Patroni takes "20" as well as 20.
void take_seconds(const nlohmann::json& object, const char* key, seconds& value) {
    constexpr long long kDay = 86'400;
    auto number = number_at(object, key);
    if (const auto written = parse_integer(text_at(object, key), 0, kDay)) {
        number = *written;
    }
    if (number) {
        value = seconds(std::clamp<long long>(*number, 0, kDay));
    }
}

// true, "on", "true", "quorum" ... as Patroni's parse_bool takes them.
bool is_on(const nlohmann::json& object, const char* key) {
    const std::string written = to_lower(text_at(object, key));
    return flag_at(object, key) || written == "on" || written == "true" || written == "yes" ||
           written == "quorum" || written == "1";
}

}  // namespace

milliseconds answer_timeout_of(const Lease& lease) {
    return std::max(milliseconds(lease.ttl) - lease.loop_wait - kMargin, kLeast);
}

milliseconds store_timeout_of(const Lease& lease) {
    constexpr milliseconds kQuestionsToMembers{3'000};  // 2 s for each, side by side
    const auto notices = milliseconds(lease.loop_wait + lease.retry_timeout) +
                         (lease.failsafe_mode ? kQuestionsToMembers : milliseconds(0));
    const auto latest = std::max(milliseconds(lease.ttl) - kMargin, kLeast);
    return std::max(answer_timeout_of(lease), std::min(notices, latest));
}

milliseconds question_interval_of(const Lease& lease) {
    constexpr milliseconds kShortest{2'000};
    constexpr milliseconds kLongest{3'000};
    return std::clamp(answer_timeout_of(lease) / 4, kShortest, kLongest);
}

seconds doubt_age_of(const Lease& lease) {
    constexpr seconds kUsual{6};
    constexpr seconds kNotYetSeen{4};  // a renewal that the next reading of etcd will show
    constexpr seconds kShortest{1};
    const auto latest =
        std::chrono::floor<seconds>(store_timeout_of(lease) - question_interval_of(lease));
    return std::max(std::min(std::max(lease.loop_wait + kNotYetSeen, kUsual), latest), kShortest);
}

std::optional<Lease> lease_from_json(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    Lease lease;
    take_seconds(object, "ttl", lease.ttl);
    take_seconds(object, "loop_wait", lease.loop_wait);
    take_seconds(object, "retry_timeout", lease.retry_timeout);
    lease.failsafe_mode = is_on(object, "failsafe_mode");
    lease.synchronous_mode = is_on(object, "synchronous_mode");
    return lease;
}

}  // namespace citus_init::ha
