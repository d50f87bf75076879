#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::cli {

inline constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 365);
inline constexpr int kLargestCount = 100'000;

// What may be given for an option or an operand.
enum class ValueKind {
    none,      // an option that is there or not
    text,      // any
    choice,    // one of `choices`
    duration,  // "90s", up to kLongestWait; a bare number means seconds
    count,     // a whole number, 1 to kLargestCount
};

struct Value {
    ValueKind kind = ValueKind::none;
    std::string_view name;  // as help shows it: "DURATION"
    std::vector<std::string_view> choices;
};

struct Option {
    std::string_view name;  // "--output"
    char letter = 0;        // 'o' for -o; 0 = none
    std::string_view meaning;
    Value value;
};

// A word that has to follow the verb, or may.
struct Operand {
    std::string_view meaning;
    Value value;
    bool optional = false;
};

// What stood behind a verb.
struct Arguments {
    const settings::Environment& environment;
    std::map<std::string, std::string, std::less<>> values;  // by the names of options and operands
    std::vector<std::string> server_arguments;
    std::vector<std::string> words;  // of a child's verb: all, unparsed

    bool has(std::string_view name) const { return values.find(name) != values.end(); }
    // "" where it is not there. The numbers were checked when they were parsed.
    std::string text(std::string_view name) const;
    std::chrono::milliseconds duration(std::string_view name,
                                       std::chrono::milliseconds otherwise) const;
    int count(std::string_view name) const;
};

enum class Audience {
    users,    // in help, completion and manual
    scripts,  // parsed like those, not shown
    child,    // PID 1 starts it of its own binary: not shown, its words are not parsed
};

enum class ServerArguments {
    none,
    behind_dashes,  // `check -- -c work_mem=5MB`
    bare,           // `ensure-initdb -c work_mem=5MB`
};

// A row of the table of verbs. What is run returns the exit status.
struct Verb {
    std::string_view name;
    std::string_view meaning;
    int (*run)(const Arguments& arguments);
    std::vector<Operand> operands = {};
    std::vector<Option> options = {};
    ServerArguments server_arguments = ServerArguments::none;
    Audience audience = Audience::users;
};

}  // namespace citus_init::cli
