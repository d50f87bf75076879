#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

#include "cluster_template/digest.h"

namespace citus_init::cluster_template {

// All that decides on what initdb and CREATE EXTENSION make. Two of them are equal where they would
// make the same cluster, identities aside.
struct Origin {
    std::vector<std::string> initdb_arguments;   // without what leaves no trace (--no-sync)
    std::map<std::string, std::string> locale;   // LC_COLLATE etc. as the environment names it
    std::string time_zone;                       // TZ, or what /etc/localtime is
    std::string c_library;                       // and ICU: versions decide on collations
    std::string installed_locales;               // initdb puts them into pg_collation
    std::map<std::string, Digest> server_files;  // file name to content
    std::map<std::string, Digest> citus_files;   // empty: without Citus
    bool operator==(const Origin&) const = default;
};

// "NAME" to its value, "" where it is not set.
using Lookup = std::function<std::string(const char* name)>;

// The locale of each of initdb's categories, as setlocale(3) resolves LC_ALL, LC_* and LANG.
std::map<std::string, std::string> locale_names(const Lookup& environment);

// Those that decide on the cluster.
std::vector<std::string> lasting_arguments(const std::vector<std::string>& initdb_arguments);

// Of this environment, for the server of `bin_directory`. Reads the programs' content. Errors: from
// errno; `config` for arguments that cannot be split.
[[nodiscard]] Result<Origin> read_origin(const std::string& bin_directory,
                                         const citus::CitusInstallation& citus,
                                         const std::string& initdb_arguments,
                                         const Lookup& environment);

// Why a cluster of `made` is not what `wished` asks for, "PROBLEM" as part of a sentence; "" where
// it is. Pure.
std::string difference(const Origin& made, const Origin& wished);

}  // namespace citus_init::cluster_template
