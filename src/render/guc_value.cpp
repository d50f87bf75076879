// The value checks of PostgreSQL's guc.c: parse_bool, parse_int, parse_real, enum words.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"

#include "conninfo_check.h"

namespace citus_init::render {

namespace {

struct Unit {
    std::string_view name;
    double factor;  // in the smallest unit of its kind
};

constexpr std::array<Unit, 6> kMemoryUnits = {{{"B", 1.0},
                                               {"kB", 1024.0},
                                               {"8kB", 8192.0},
                                               {"MB", 1048576.0},
                                               {"GB", 1073741824.0},
                                               {"TB", 1099511627776.0}}};
constexpr std::array<Unit, 6> kTimeUnits = {{{"us", 0.001},
                                             {"ms", 1.0},
                                             {"s", 1000.0},
                                             {"min", 60000.0},
                                             {"h", 3600000.0},
                                             {"d", 86400000.0}}};

std::optional<double> factor_of(std::string_view unit, bool time) {
    if (time) {
        for (const Unit& known : kTimeUnits) {
            if (known.name == unit) {
                return known.factor;
            }
        }
        return std::nullopt;
    }
    for (const Unit& known : kMemoryUnits) {
        if (known.name == unit) {
            return known.factor;
        }
    }
    return std::nullopt;
}

bool is_space(char c) {
    return std::string_view(" \t\n\v\f\r").find(c) != std::string_view::npos;
}

std::string allowed_range(const GucFacts& facts) {
    std::string text = fmt::format("Use a number from {} to {}", facts.least, facts.most);
    if (facts.unit.empty()) {
        return text;
    }
    const bool time = factor_of(facts.unit, true).has_value();
    return fmt::format("{} (times {}), or one with a unit: {}", text, facts.unit,
                       time ? "us, ms, s, min, h, d" : "B, kB, MB, GB, TB");
}

// The number in the setting's own unit; nothing for a text that PostgreSQL does not take.
std::optional<double> number_of(const GucFacts& facts, const std::string& value) {
    const char* text = value.c_str();
    char* end = nullptr;
    double number = 0;
    errno = 0;
    if (facts.type == GucType::integer) {
        number = static_cast<double>(std::strtol(text, &end, 0));  // 0x1F and 017 are numbers
    }
    if (end == nullptr || *end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
        errno = 0;
        number = std::strtod(text, &end);
    }
    if (end == text || errno == ERANGE || std::isnan(number)) {
        return std::nullopt;
    }
    std::string_view rest(end);
    while (!rest.empty() && is_space(rest.front())) {
        rest.remove_prefix(1);
    }
    const std::string_view unit = trim(rest);
    if (!unit.empty()) {
        const bool time = factor_of(facts.unit, true).has_value();
        const auto given = factor_of(unit, time);
        if (facts.unit.empty() || !given || unit == "8kB") {
            return std::nullopt;
        }
        number *= *given / *factor_of(facts.unit, time);
    }
    return facts.type == GucType::integer ? std::rint(number) : number;
}

std::optional<GucComplaint> check_number(const GucFacts& facts, const std::string& value) {
    const auto number = number_of(facts, value);
    const char* kind = facts.type == GucType::integer ? "a whole number" : "a number";
    if (!number) {
        return GucComplaint{
            facts.unit.empty()
                ? fmt::format("is not {}", kind)
                : fmt::format("is not {}, or has a unit that {} does not take", kind, facts.name),
            allowed_range(facts)};
    }
    if (*number < std::strtod(std::string(facts.least).c_str(), nullptr) ||
        *number > std::strtod(std::string(facts.most).c_str(), nullptr)) {
        return GucComplaint{"is out of range", allowed_range(facts)};
    }
    return std::nullopt;
}

bool is_word_of(std::string_view list, const std::string& value) {
    const auto words = split(to_lower(list), ',');
    return std::find(words.begin(), words.end(), to_lower(value)) != words.end();
}

std::string listed(std::string_view words) {
    std::string text;
    for (const std::string& word : split(words, ',')) {
        text += (text.empty() ? "" : ", ") + (word.empty() ? std::string("\"\"") : word);
    }
    return text;
}

}  // namespace

std::optional<bool> parse_guc_boolean(std::string_view text) {
    struct Word {
        std::string_view whole;
        std::size_t least;  // how much of it there has to be
        bool value;
    };
    static constexpr std::array<Word, 8> kWords{{{"true", 1, true},
                                                 {"false", 1, false},
                                                 {"yes", 1, true},
                                                 {"no", 1, false},
                                                 {"on", 2, true},
                                                 {"off", 2, false},
                                                 {"1", 1, true},
                                                 {"0", 1, false}}};
    const std::string lower = to_lower(text);
    const auto* const found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& word) {
        return lower.size() >= word.least && word.whole.starts_with(lower);
    });
    return found == kWords.end() ? std::nullopt : std::optional(found->value);
}

std::optional<GucComplaint> check_guc_value(const GucFacts& facts, const std::string& value) {
    switch (facts.type) {
        case GucType::boolean:
            return parse_guc_boolean(value)
                       ? std::nullopt
                       : std::optional(GucComplaint{"is not a boolean", "Use on or off"});
        case GucType::integer:
        case GucType::real:
            return check_number(facts, value);
        case GucType::enumeration:
            if (is_word_of(facts.words, value) ||
                (!facts.hidden_words.empty() && is_word_of(facts.hidden_words, value))) {
                return std::nullopt;
            }
            return GucComplaint{fmt::format("is not a value of {}", facts.name),
                                "Use one of: " + listed(facts.words)};
        case GucType::string:
            return check_conninfo(facts.name, value);
        case GucType::unknown:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace citus_init::render
