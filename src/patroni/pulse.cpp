#include "citus_init/patroni/pulse.h"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::patroni {

namespace {

constexpr std::array<std::pair<Answer, std::string_view>, 3> kAnswerWords{{
    {Answer::alive, "alive"},
    {Answer::stuck, "stuck"},
    {Answer::silent, "silent"},
}};

std::string_view answer_word(Answer answer) {
    for (const auto& [known, word] : kAnswerWords) {
        if (known == answer) {
            return word;
        }
    }
    return "";
}

std::optional<Answer> parse_answer(std::string_view word) {
    for (const auto& [answer, known] : kAnswerWords) {
        if (known == word) {
            return answer;
        }
    }
    return std::nullopt;
}

}  // namespace

const char* member_role_word(MemberRole role) {
    switch (role) {
        case MemberRole::primary:
            return "primary";
        case MemberRole::replica:
            return "replica";
        case MemberRole::standby_leader:
            return "standby_leader";
        case MemberRole::demoted:
            return "demoted";
    }
    return "";
}

std::string to_json(const Pulse& pulse) {
    const nlohmann::ordered_json object{
        {"answer", answer_word(pulse.answer)},
        {"role", pulse.role ? member_role_word(*pulse.role) : ""},
        {"state", pulse.state},
        {"paused", pulse.paused},
    };
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
    return Pulse{*answer, parse_member_role(text_at(object, "role")), text_at(object, "state"),
                 flag_at(object, "paused")};
}

}  // namespace citus_init::patroni
