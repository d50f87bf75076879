#include <cstdio>
#include <iterator>

#include <fmt/core.h>

#include "citus_init/node/inherited_settings.h"

#include "cli/verbs/backend_inspection.h"
#include "cli/verbs/inspection.h"
#include "cli/verbs/verb_end.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

void check_backend(Inspection& inspection) {
    if (!inspection.settings.patroni) {
        return;
    }
    if (auto configuration = inspect_backend(inspection); !configuration) {
        std::move(configuration.error().begin(), configuration.error().end(),
                  std::back_inserter(inspection.problems));
    }
}

// "PostgreSQL 15 with Citus 13.2-1"
std::string versions_text(const Inspection& inspection) {
    std::string text = fmt::format("PostgreSQL {}", inspection.postgres_major);
    if (!inspection.citus_library.empty()) {
        text += fmt::format(" with Citus {}", inspection.citus_version.text());
    }
    return text;
}

}  // namespace

int run_check(const settings::Environment& environment,
              const std::vector<std::string>& server_arguments) {
    auto inspection = inspect_configuration(environment, server_arguments);
    if (!inspection) {
        return end_verb(inspection.error());
    }
    check_settings(*inspection);
    check_backend(*inspection);
    if (!inspection->problems.empty()) {
        return end_verb({inspection->problems, inspection->warnings});
    }
    print_warnings(inspection->warnings);
    fmt::print("configuration is valid for {}\n", versions_text(*inspection));
    return 0;
}

int run_validate(const std::vector<std::string>& server_arguments) {
    const auto environment = node::inherited_settings();
    if (!environment) {
        return end_verb(environment.error());
    }
    auto inspection = inspect_configuration(*environment, server_arguments);
    if (!inspection) {
        return end_verb(inspection.error());
    }
    // PID 1 has reported its warnings already; here only the server reports.
    inspection->warnings.clear();
    inspection->problems.clear();
    ask_server(*inspection);
    if (!inspection->problems.empty()) {
        return end_verb({inspection->problems, inspection->warnings});
    }
    print_warnings(inspection->warnings);
    return 0;
}

}  // namespace citus_init::cli
