#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "citus_init/settings/registry.h"
#include "citus_init/settings/settings.h"

#include "settings/value.h"

namespace citus_init::settings {

// PostgreSQL settings under the names that the user gave; one name may have several values.
using Gucs = std::multimap<std::string, Sourced>;

// What is being made of the values that were found.
struct Draft {
    Settings settings;
    Gucs gucs;  // CITUS_GUC_*, YAML postgresql:, and their short names
};

// A variable together with what it does.
struct Declaration {
    Variable variable;
    // nullptr for a family and for a planned variable.
    Parsed<void> (*apply)(Draft& draft, const Sourced& value) = nullptr;
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
std::vector<Declaration> tuning_declarations();  // a part of them
std::vector<Declaration> supervisor_declarations();
std::vector<Declaration> http_declarations();
std::vector<Declaration> backup_declarations();
std::vector<Declaration> patroni_declarations();
std::vector<Declaration> high_availability_declarations();  // a part of them

std::vector<Declaration> concatenated(std::initializer_list<std::vector<Declaration>> parts);

// All of them, in the order of the reference.
const std::vector<Declaration>& declarations();

}  // namespace citus_init::settings
