#pragma once

#include <string_view>
#include <vector>

namespace citus_init::settings {

enum class Group { postgres, citus, postgresql, supervisor, http, backup, patroni };

enum class ValueType {
    boolean,
    whole_number,
    port,
    duration,
    choice,
    text,
    block,  // text of several lines
    host,
    host_list,
    path,
};

enum class Kind {
    setting,
    family,   // a prefix for many: CITUS_GUC_<NAME>
    planned,  // known, and refused until the version that brings it
};

// One variable as its users know it. Everything that is written about a variable (the parser, the
// reference page, completion, the hints on typing mistakes) comes from this one declaration.
struct Variable {
    std::string_view name;
    Group group = Group::supervisor;
    ValueType type = ValueType::text;
    std::string_view default_text = {};  // for people: "POSTGRES_DB", "8s"
    std::string_view yaml_key = {};      // "citus.role"; "" = environment only
    std::string_view meaning = {};       // one line of Markdown
    std::string_view since = "0.1";
    bool secret = false;
    bool takes_file = true;  // NAME_FILE
    Kind kind = Kind::setting;
    std::vector<std::string_view> allowed = {};
};

// Every variable, group by group in the order of the reference. Lives as long as the program.
const std::vector<const Variable*>& variables();

// nullptr when there is none. `name` is without _FILE.
const Variable* find_variable(std::string_view name);
const Variable* find_yaml_key(std::string_view yaml_key);

}  // namespace citus_init::settings
