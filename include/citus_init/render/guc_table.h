#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/render/server_versions.h"

namespace citus_init::render {

// unknown: the name is certain, its type is not (hidden in pg_settings, or newer than the table).
enum class GucType { boolean, integer, real, string, enumeration, unknown };

// The versions of PostgreSQL that the table knows.
inline constexpr int kOldestTableMajor = 13;
inline constexpr int kNewestTableMajor = 18;
// And of Citus, as ServerVersions has it.
inline constexpr int kOldestTableCitus = 1103;
inline constexpr int kNewestTableCitus = 1400;

// What a version of PostgreSQL or Citus says of a setting. The texts live as long as the
// program.
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
};

// What these versions say; of citus.* and columnar.* that is Citus, of the rest PostgreSQL. 0: the
// newest that has it. A version older or newer than the table counts as the oldest or the newest of
// it. Nothing for a name that this version does not have. Case does not matter.
std::optional<GucFacts> find_guc(std::string_view name, const ServerVersions& versions);

// Whether any version has the setting.
bool is_guc(std::string_view name);

// What is wrong with a name or a value, and what to do.
struct GucComplaint {
    std::string reason;
    std::string fix;
};

// Whether the table holds the version that decides about that name, so that what it says is
// certain.
bool knows_version(std::string_view name, const ServerVersions& versions);

// Of a name that find_guc() does not find: in which versions it is and what it is called now, or
// the name that was probably meant.
GucComplaint missing_guc(std::string_view name, const ServerVersions& versions);

// The default as one would write it: "128MB" for 16384 units of 8kB.
std::string built_in_text(const GucFacts& facts);

// A boolean as PostgreSQL's parse_bool() reads one: "on", "off", "1", "0" and any beginning of
// "true", "false", "yes", "no" that is not shared, in any case, without blanks. Else nothing.
std::optional<bool> parse_guc_boolean(std::string_view text);

// Why PostgreSQL would refuse the value, and the values that it takes. Nothing for a good one, and
// for a type that cannot be checked here (strings, unknown).
std::optional<GucComplaint> check_guc_value(const GucFacts& facts, const std::string& value);

}  // namespace citus_init::render
