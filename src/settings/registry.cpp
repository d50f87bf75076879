#include "citus_init/settings/registry.h"

#include <algorithm>

#include "settings/declaration.h"

namespace citus_init::settings {

std::vector<Declaration> concatenated(std::initializer_list<std::vector<Declaration>> parts) {
    std::vector<Declaration> result;
    for (const auto& part : parts) {
        result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

const std::vector<Declaration>& declarations() {
    static const std::vector<Declaration> all =
        concatenated({postgres_declarations(), citus_declarations(), postgresql_declarations(),
                      supervisor_declarations(), http_declarations(), backup_declarations(),
                      patroni_declarations()});
    return all;
}

const std::vector<const Variable*>& variables() {
    static const std::vector<const Variable*> all = [] {
        std::vector<const Variable*> result;
        for (const auto& declaration : declarations()) {
            result.push_back(&declaration.variable);
        }
        return result;
    }();
    return all;
}

const Variable* find_variable(std::string_view name) {
    const auto found = std::find_if(variables().begin(), variables().end(),
                                    [name](const Variable* each) { return each->name == name; });
    return found == variables().end() ? nullptr : *found;
}

const Variable* find_yaml_key(std::string_view yaml_key) {
    if (yaml_key.empty()) {
        return nullptr;
    }
    const auto found =
        std::find_if(variables().begin(), variables().end(),
                     [yaml_key](const Variable* each) { return each->yaml_key == yaml_key; });
    return found == variables().end() ? nullptr : *found;
}

}  // namespace citus_init::settings
