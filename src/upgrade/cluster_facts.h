#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"

namespace citus_init::upgrade {

struct DatabaseFacts {
    std::string name;
    std::vector<std::pair<std::string, std::string>> extensions;  // name, version
    bool has_attribute_versions = false;                          // pg_attver at columns of tables

    // "" = it has none of that name.
    std::string version_of(const std::string& extension) const;
};

// What a running server reports of its cluster, as far as the new one has to be made like it, and
// as far as pg_upgrade depends on it.
struct ClusterFacts {
    std::string superuser;  // the role that initdb made
    std::string encoding;
    std::string collate;
    std::string ctype;
    std::string locale_provider = "c";  // pg_database.datlocprovider: c, i, b
    std::string locale;                 // of ICU or the builtin provider
    std::string icu_rules;
    bool data_checksums = false;
    std::uint64_t wal_segment_size = 0;  // bytes
    std::uint64_t bytes = 0;             // of all databases
    std::vector<std::string> prepared_transactions;
    std::vector<std::string> logical_slots;
    std::vector<std::string> tablespaces;        // their directories
    std::vector<std::string> invalid_databases;  // whose DROP DATABASE was cut off
    std::vector<DatabaseFacts> databases;        // that take connections

    std::vector<std::string> databases_with(const std::string& extension) const;
};

// `server`: its database does not matter. Errors: `data_directory`, naming the statement's
// failure.
[[nodiscard]] Result<ClusterFacts> read_cluster_facts(citus::Connector& connector,
                                                      const citus::ConnectionTarget& server);

}  // namespace citus_init::upgrade
