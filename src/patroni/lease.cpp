#include "citus_init/patroni/lease.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::patroni {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

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

}  // namespace

Lease lease_of(const settings::PatroniSettings& settings) {
    return {settings.ttl, settings.loop_wait};
}

milliseconds patience_of(const Lease& lease) {
    constexpr milliseconds kMargin{3'000};
    constexpr milliseconds kLeast{1'000};
    return std::max(milliseconds(lease.ttl) - lease.loop_wait - kMargin, kLeast);
}

std::optional<Lease> lease_from_json(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    Lease lease;
    take_seconds(object, "ttl", lease.ttl);
    take_seconds(object, "loop_wait", lease.loop_wait);
    return lease;
}

std::string to_json(const Lease& lease) {
    return nlohmann::ordered_json{{"ttl", lease.ttl.count()},
                                  {"loop_wait", lease.loop_wait.count()}}
        .dump();
}

}  // namespace citus_init::patroni
