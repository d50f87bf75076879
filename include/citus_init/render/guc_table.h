#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citus_init::render {

// unknown: the name is certain, its type is not (hidden in pg_settings, or newer than the table).
enum class GucType { boolean, integer, real, string, enumeration, unknown };

// What PostgreSQL 15 and Citus 13.2 say of a setting. The texts live as long as the program.
struct GucFacts {
    std::string_view name;  // as PostgreSQL spells it
    GucType type = GucType::unknown;
    std::string_view unit;     // "", "kB", "8kB", "MB", "B", "ms", "s", "min"
    std::string_view context;  // pg_settings.context, "" when unknown
    std::string_view least;
    std::string_view most;
    std::string_view words;         // of an enum, "," between; a first empty word allows ""
    std::string_view hidden_words;  // of an enum: accepted but not listed
    std::string_view built_in;      // the default, in units
    int first_major = 0;            // 0: 15 has it
    int last_major = 0;             // 0: the newest has it
};

// Nothing for a name that is not in the table. Case does not matter.
std::optional<GucFacts> find_guc(std::string_view name);

// The name in the table that was probably meant.
std::optional<std::string> nearest_guc(std::string_view name);

// The default as one would write it: "128MB" for 16384 units of 8kB.
std::string built_in_text(const GucFacts& facts);

// Why PostgreSQL would refuse the value, and the values that it takes. Nothing for a good one, and
// for a type that cannot be judged here (strings, unknown).
struct BadValue {
    std::string reason;
    std::string fix;
};
std::optional<BadValue> check_guc_value(const GucFacts& facts, const std::string& value);

}  // namespace citus_init::render
