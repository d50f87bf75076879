#include "settings/declaration.h"
#include "settings/environment_source.h"

namespace citus_init::settings {

namespace {

// PostgreSQL's own bounds are 0 to MAX_BACKENDS. With 0 the Citus maintenance daemon cannot start
// and every statement warns.
constexpr int kLeastWorkerProcesses = 1;
constexpr int kMostWorkerProcesses = 262143;

// The two retired names still parse; settle_gucs() turns them into adaptive, with a warning.
const Choices<int>& executors() {
    static const Choices<int> choices{{"adaptive", 0}, {"task-tracker", 0}, {"real-time", 0}};
    return choices;
}

// A short name for a setting of PostgreSQL goes where that goes. Its value is the same for our
// children, which get NAME_FILE as NAME, so its origin is too.
void add_guc(Draft& draft, const char* name, Sourced value) {
    if (value.origin.ends_with(kFileSuffix)) {
        value.origin.resize(value.origin.size() - kFileSuffix.size());
    }
    value.may_be_shown = false;
    draft.gucs.emplace(name, std::move(value));
}

Parsed<void> apply_max_worker_processes(Draft& draft, const Sourced& value) {
    const auto number = parse_whole_number(value.text, kLeastWorkerProcesses, kMostWorkerProcesses);
    if (!number) {
        return tl::unexpected<Complaint>(number.error());
    }
    Sourced canonical = value;
    canonical.text = std::to_string(*number);
    add_guc(draft, "max_worker_processes", std::move(canonical));
    return {};
}

Parsed<void> apply_distributed_executor(Draft& draft, const Sourced& value) {
    if (const auto known = parse_choice(value.text, executors()); !known) {
        return tl::unexpected<Complaint>(known.error());
    }
    Sourced canonical = value;
    canonical.text = to_lower(trim(value.text));
    add_guc(draft, "citus.task_executor_type", std::move(canonical));
    return {};
}

std::vector<Declaration> conf_declarations() {
    return {
        {{.name = "CITUS_GUC_<NAME>",
          .group = Group::postgresql,
          .default_text = "none",
          .yaml_key = "postgresql.<name>",
          .meaning = "Any setting of PostgreSQL or Citus. `__` stands for the dot: "
                     "`CITUS_GUC_CITUS__SHARD_COUNT=32`",
          .takes_file = false,
          .kind = Kind::family}},
        {{.name = "CITUS_POSTGRESQL_CONF",
          .group = Group::postgresql,
          .type = ValueType::block,
          .default_text = "none",
          .yaml_key = "postgres.postgresql_conf",
          .meaning = "Lines for postgresql.conf, taken as they are"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgresql_conf.block, Parsed<std::string>(value.text));
         }},
        {{.name = "CITUS_PG_HBA",
          .group = Group::postgresql,
          .type = ValueType::block,
          .default_text = "none",
          .yaml_key = "postgres.pg_hba",
          .meaning = "Lines that pg_hba.conf begins with, taken as they are"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.postgresql_conf.hba, Parsed<std::string>(value.text));
         }},
        {{.name = "CITUS_MAX_WORKER_PROCESSES",
          .group = Group::postgresql,
          .type = ValueType::whole_number,
          .default_text = "tuned",
          .yaml_key = "citus.max_worker_processes",
          .meaning = "PostgreSQL's `max_worker_processes`; Citus has no setting of this name"},
         &apply_max_worker_processes},
        {{.name = "CITUS_DISTRIBUTED_EXECUTOR",
          .group = Group::postgresql,
          .type = ValueType::choice,
          .default_text = "`adaptive`",
          .yaml_key = "citus.distributed_executor",
          .meaning = "`citus.task_executor_type`. Today's Citus has the adaptive executor only; "
                     "the two old names are accepted with a warning and mean the same",
          .allowed = names_of(executors())},
         &apply_distributed_executor},
    };
}

}  // namespace

std::vector<Declaration> postgresql_declarations() {
    return concatenated({conf_declarations(), tuning_declarations()});
}

}  // namespace citus_init::settings
