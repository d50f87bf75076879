#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "citus_init/settings/registry.h"
#include "citus_init/settings/settings.h"

#include "settings/value.h"

namespace citus_init::settings {

enum class Source { environment, yaml };

// A value as it was found.
struct RawValue {
    std::string text;
    Source source = Source::environment;
    std::string place;   // for Problem::variable: "CITUS_ROLE", "citus.role in FILE, line 3"
    std::string origin;  // for Sourced::origin: "CITUS_ROLE", "FILE citus.role"
    // False where the text may be a secret that was named by mistake: a secret, or a file's
    // content.
    bool may_be_shown = true;
};

// One PostgreSQL setting that somebody asked for, under the name that he used.
struct GucAssignment {
    std::string name;
    RawValue value;
};

// What is being made of the raw values.
struct Draft {
    Settings settings;
    std::vector<GucAssignment> gucs;  // CITUS_GUC_*, YAML postgresql:, and their short names
};

// A variable together with what it does.
struct Declaration {
    Variable variable;
    // nullptr for a family and for a planned variable.
    Parsed<void> (*apply)(Draft& draft, const RawValue& value) = nullptr;
};

// Puts a parsed value where it belongs.
template <typename T, typename U>
[[nodiscard]] Parsed<void> put(T& target, Parsed<U> parsed) {
    if (!parsed) {
        return tl::unexpected<Complaint>(std::move(parsed.error()));
    }
    target = *std::move(parsed);
    return {};
}

std::vector<Declaration> postgres_declarations();
std::vector<Declaration> citus_declarations();
std::vector<Declaration> mesh_declarations();  // a part of them
std::vector<Declaration> postgresql_declarations();
std::vector<Declaration> supervisor_declarations();
std::vector<Declaration> patroni_declarations();
std::vector<Declaration> high_availability_declarations();  // a part of them

std::vector<Declaration> concatenated(std::initializer_list<std::vector<Declaration>> parts);

// All of them, in the order of the reference.
const std::vector<Declaration>& declarations();

}  // namespace citus_init::settings
