#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/conf_parser.h"
#include "citus_init/render/layered_value.h"
#include "citus_init/render/machine.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/render/server_versions.h"
#include "citus_init/render/tuning.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/settings.h"

namespace citus_init::render {

// What the presets let stand in our own directory.
enum class NodeCertificate { none, self_signed, of_the_cluster };

// Everything that decides a PostgreSQL setting on this node.
struct GucStack {
    void add(std::string_view name, LayeredValue value);

    // All values of a name, weakest first: the last one is what the server uses. Empty for a name
    // that nobody set and that `versions` do not have. Case does not matter.
    std::vector<LayeredValue> explain(std::string_view name) const;
    // The winning value's text, "" where explain() is empty.
    std::string effective(std::string_view name) const;
    // Whether the user, or ALTER SYSTEM, gave it: a layer from user_file on, but `enforced`.
    bool given(std::string_view name) const;
    // The names that somebody set, sorted, lower case.
    std::vector<std::string> names() const;

    ServerVersions versions;  // whose built-in defaults explain() reports; 0: the newest
    std::string data_directory;
    std::string user_file;         // absolute path of the user's postgresql.conf
    bool user_file_named = false;  // by `-c config_file=`: it must exist then
    NodeCertificate certificate = NodeCertificate::none;
    std::string block;            // CITUS_POSTGRESQL_CONF, verbatim
    std::vector<ConfFile> files;  // every configuration file that was read
    // Of the tuned values, which do not fit beside the user's own.
    std::optional<settings::Problem> tuning_doubt{};
    std::string log_token{};  // see mark_log_lines(); "" = the server's log has none
    // By lower-case name, weakest first, without PostgreSQL's default: add() and explain() know.
    std::map<std::string, std::vector<LayeredValue>, std::less<>> values;
};

struct StackInputs {
    const settings::Settings& settings;
    const settings::Environment& environment;
    const ServerArguments& arguments;
    const Filesystem& files;
    Machine machine;
    // Logical decoding output plugins to be let in by output_plugin_libraries; empty where the
    // server does not know that setting.
    std::vector<std::string> output_plugins = {};
    ServerVersions versions = {};  // of what is installed
    // With CITUS_BACKUP: whose stanza the WAL is archived to; none: not known yet, WAL is kept.
    std::optional<int> archive_group = {};
    std::optional<KnownWorkers> workers = {};  // with CITUS_TUNE=auto
};

// Stacks the layers. The problems: syntax errors in the user's own files or in the block, a
// config_file that is not there, a name that no conf file can hold, a data_directory that is not
// PGDATA, TLS settings of the user beside the cluster's certificates, too little memory for
// CITUS_TUNE=auto. Reads the user's files and
// postgresql.auto.conf; a data directory that is still empty has none, which is fine.
tl::expected<GucStack, std::vector<settings::Problem>> build_guc_stack(const StackInputs& inputs);

}  // namespace citus_init::render
