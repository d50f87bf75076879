#pragma once

#include <string>
#include <vector>

#include <rapidcheck.h>

#include "citus_init/settings/environment.h"
#include "citus_init/settings/registry.h"

namespace citus_init::settings {

// Values of every kind, right ones and wrong ones, so that most inputs have several problems.
inline rc::Gen<std::string> any_value() {
    return rc::gen::oneOf(
        rc::gen::element<std::string>("true", "off", "worker", "coordinator", "5433", "0", "8s",
                                      "1.5h", "host", "w1,w2:5433", "[::1]:5432", "localhost",
                                      "task-tracker", "trust", "password", "md5", "/run/x", "none",
                                      "json", "", " ", "tcp://10.0.0.1:5432", "a\nb", "\x1b[1m"),
        rc::gen::container<std::string>(
            rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c != '\0'; })));
}

inline rc::Gen<std::string> any_name() {
    std::vector<std::string> names{"CITUS_GUC_WORK_MEM",  "CITUS_GUC_CITUS__MAX_WORKER_PROCESSES",
                                   "CITUS_GUC_BAD-NAME",  "CITUS_ROEL",
                                   "POSTGRESQL_PASSWORD", "CITUS_VERSION"};
    for (const Variable* variable : variables()) {
        if (variable->kind != Kind::family && variable->name != "CITUS_CONFIG_PATH") {
            names.emplace_back(variable->name);
        }
    }
    return rc::gen::elementOf(names);
}

inline rc::Gen<Environment> any_environment() {
    return rc::gen::container<Environment>(any_name(), any_value());
}

}  // namespace citus_init::settings
