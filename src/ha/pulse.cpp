#include "citus_init/ha/pulse.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::ha {

namespace {

constexpr std::array<std::pair<Answer, std::string_view>, 3> kAnswerNames{{
    {Answer::alive, "alive"},
    {Answer::stuck, "stuck"},
    {Answer::silent, "silent"},
}};

std::string_view answer_name(Answer answer) {
    for (const auto& [known, name] : kAnswerNames) {
        if (known == answer) {
            return name;
        }
    }
    return "";
}

std::optional<Answer> parse_answer(std::string_view name) {
    for (const auto& [answer, known] : kAnswerNames) {
        if (known == name) {
            return answer;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string to_json(const Pulse& pulse) {
    nlohmann::ordered_json object{
        {"answer", answer_name(pulse.answer)},
        {"role", pulse.role ? member_role_name(*pulse.role) : ""},
        {"state", pulse.state},
        {"paused", pulse.paused},
        {"failsafe_active", pulse.failsafe_active},
    };
    if (pulse.store_age) {
        object["store_age"] = pulse.store_age->count();
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Pulse> pulse_from_json(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    const auto answer = parse_answer(text_at(object, "answer"));
    if (!answer) {
        return std::nullopt;
    }
    Pulse pulse{*answer, parse_member_role(text_at(object, "role")), text_at(object, "state"),
                flag_at(object, "paused")};
    pulse.failsafe_active = flag_at(object, "failsafe_active");
    if (const auto age = number_at(object, "store_age")) {
        constexpr std::int64_t kDay = 86'400;
        pulse.store_age = std::chrono::seconds(std::clamp<std::int64_t>(*age, 0, kDay));
    }
    return pulse;
}

}  // namespace citus_init::ha
