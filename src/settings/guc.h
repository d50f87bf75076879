#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/declaration.h"
#include "settings/findings.h"

namespace citus_init::settings {

// "WORK_MEM" -> "work_mem", "CITUS__SHARD_COUNT" -> "citus.shard_count".
[[nodiscard]] Parsed<std::string> guc_name_of(std::string_view variable_part);

// As PostgreSQL spells it, in any case -> lower case. Its shape is checked, not that it exists.
[[nodiscard]] Parsed<std::string> parse_guc_name(std::string_view name);

// Sorts them into the YAML and the environment layer of `conf`, under the names that
// exist, and puts these names into its block too. Two different values for one setting within one
// source are a problem: neither order would be the right one.
void settle_gucs(const Gucs& gucs, PostgresqlConf& conf, std::string_view block_place,
                 Findings& findings);

}  // namespace citus_init::settings
