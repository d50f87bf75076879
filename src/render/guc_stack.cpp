#include "citus_init/render/guc_stack.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/socket_directories.h"

#include "initdb_lines.h"
#include "presets.h"
#include "problem_at.h"

namespace citus_init::render {

namespace {

using settings::Problem;

bool is_on(const std::string& value) {
    return parse_guc_boolean(value).value_or(false);
}

// Stacks the user's own layers and collects what is wrong with them.
class Builder {
  public:
    explicit Builder(const StackInputs& inputs) : inputs_(inputs) {
        stack_.data_directory = inputs.settings.postgres.data_directory;
        stack_.user_file_named = !inputs.arguments.config_file.empty();
        stack_.user_file = stack_.user_file_named ? inputs.arguments.config_file
                                                  : stack_.data_directory + "/postgresql.conf";
        stack_.block = inputs.settings.postgresql_conf.block;
        stack_.versions = inputs.versions;
    }

    tl::expected<GucStack, std::vector<Problem>> run() {
        add_server_environment();
        add_user_file();
        add_map(Layer::yaml, inputs_.settings.postgresql_conf.yaml);
        add_block();
        add_map(Layer::environment, inputs_.settings.postgresql_conf.environment);
        add_alter_system();
        for (const auto& [name, value] : inputs_.arguments.settings) {
            stack_.add(name, value);
        }
        check_data_directory();
        check_sockets();
        check_tls();
        check_archiving();
        if (!problems_.empty()) {
            return tl::unexpected(problems_);
        }
        add_role_presets(stack_, inputs_.settings);
        if (auto too_small =
                add_tuned(stack_, inputs_.settings, inputs_.machine, inputs_.workers)) {
            return tl::unexpected(std::vector{*std::move(too_small)});
        }
        add_archiving(stack_, inputs_.settings, inputs_.archive_group);
        add_enforced(stack_, inputs_.settings);
        add_output_plugins(stack_, inputs_.output_plugins);
        return stack_;
    }

  private:
    // InitializeGUCOptionsFromEnvironment() of guc.c.
    void add_server_environment() {
        static constexpr std::array<std::pair<const char*, const char*>, 3> kVariables{
            {{"PGPORT", "port"},
             {"PGDATESTYLE", "datestyle"},
             {"PGCLIENTENCODING", "client_encoding"}}};
        for (const auto& [variable, name] : kVariables) {
            const auto found = inputs_.environment.find(variable);
            if (found != inputs_.environment.end()) {
                stack_.add(name, {Layer::server_environment, found->second, variable});
            }
        }
    }

    // Patroni writes PGDATA/postgresql.conf, from what is made of this stack.
    void add_user_file() {
        if (inputs_.settings.patroni && !stack_.user_file_named) {
            return;
        }
        if (!stack_.user_file_named && !inputs_.files.exists(stack_.user_file)) {
            return;  // initdb has not run yet
        }
        ParsedConf parsed = parse_conf_file(stack_.user_file, inputs_.files);
        if (!stack_.user_file_named) {
            set_aside_initdbs(parsed);
        }
        take(Layer::user_file, std::move(parsed));
    }

    // They are no wish of the user's.
    void set_aside_initdbs(ParsedConf& parsed) {
        for (const ConfFile& file : parsed.files) {
            if (file.path != stack_.user_file) {
                continue;
            }
            const auto are_initdbs = lines_of_initdb(parsed.entries, file);
            std::vector<ConfEntry> others;
            for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
                ConfEntry& entry = parsed.entries[i];
                if (are_initdbs[i]) {
                    stack_.add(entry.name, {Layer::initdb, std::move(entry.value),
                                            fmt::format("{}:{}", entry.file, entry.line)});
                } else {
                    others.push_back(std::move(entry));
                }
            }
            parsed.entries = std::move(others);
            return;
        }
    }

    void add_alter_system() {
        const std::string path = stack_.data_directory + "/postgresql.auto.conf";
        if (inputs_.files.exists(path)) {
            take(Layer::alter_system, parse_conf_file(path, inputs_.files));
        }
    }

    void take(Layer layer, ParsedConf parsed) {
        for (const ConfError& error : parsed.errors) {
            problems_.push_back(problem_at(
                error.line == 0 ? error.file : fmt::format("{}:{}", error.file, error.line), "",
                error.reason, "Correct the file"));
        }
        for (ConfEntry& entry : parsed.entries) {
            stack_.add(entry.name, {layer, std::move(entry.value),
                                    fmt::format("{}:{}", entry.file, entry.line)});
        }
        std::move(parsed.files.begin(), parsed.files.end(), std::back_inserter(stack_.files));
    }

    void add_map(Layer layer, const std::map<std::string, settings::Sourced>& values) {
        for (const auto& [name, sourced] : values) {
            if (is_conf_name(name)) {
                stack_.add(name, {layer, sourced.text, sourced.origin});
            } else {
                problems_.push_back(problem_at(sourced.origin, name, "is not a name of a setting",
                                               "Use letters, digits and _, with one dot at most"));
            }
        }
    }

    // The block becomes part of our file, so its includes are read from there.
    void add_block() {
        const std::string place = own_files(inputs_.settings).postgresql_conf;
        ParsedConf parsed = parse_conf_text(stack_.block, place, inputs_.files);
        const auto origin = [&](const std::string& file, int line) {
            return file == place ? fmt::format("CITUS_POSTGRESQL_CONF line {}", line)
                                 : fmt::format("{}:{}", file, line);
        };
        for (ConfError& error : parsed.errors) {
            problems_.push_back(
                problem_at(origin(error.file, error.line), "", std::move(error.reason),
                           "Correct the line; a file to include needs its absolute path"));
        }
        for (ConfEntry& entry : parsed.entries) {
            stack_.add(entry.name,
                       {Layer::block, std::move(entry.value), origin(entry.file, entry.line)});
        }
        for (ConfFile& file : parsed.files) {
            if (file.path != place) {
                stack_.files.push_back(std::move(file));
            }
        }
    }

    void check_data_directory() {
        const auto plain = [](const std::string& path) {
            return without_trailing_slashes(
                std::filesystem::path(path).lexically_normal().string());
        };
        for (const LayeredValue& value : stack_.explain("data_directory")) {
            if (!value.value.empty() && plain(value.value) != plain(stack_.data_directory)) {
                problems_.push_back(
                    problem_at(value.origin, value.value,
                               fmt::format("is another data directory than PGDATA, which is {}",
                                           stack_.data_directory),
                               "Remove the setting, or set PGDATA to that directory"));
            }
        }
    }

    // Patroni connects to its server by TCP where there is no socket.
    void check_sockets() {
        if (!inputs_.settings.patroni && stack_.given("unix_socket_directories") &&
            socket_directories(stack_).empty()) {
            const LayeredValue value = stack_.explain("unix_socket_directories").back();
            problems_.push_back(
                problem_at(value.origin, value.value,
                           "leaves unix_socket_directories without a directory, and citus-init and "
                           "init files connect by a Unix socket",
                           "Name one, for instance /var/run/postgresql, or remove the setting"));
        }
    }

    // The other nodes could not verify this one, or it not them.
    void check_tls() {
        if (!inputs_.settings.citus.has_mesh()) {
            return check_tls_of_listener();
        }
        for (const char* name : {"ssl", "ssl_ca_file", "ssl_cert_file", "ssl_key_file"}) {
            if (!stack_.given(name)) {
                continue;
            }
            const LayeredValue value = stack_.explain(name).back();
            if (std::string_view(name) == "ssl" && is_on(value.value)) {
                continue;  // what Citus itself wrote by ALTER SYSTEM on an older node
            }
            problems_.push_back(problem_at(
                value.origin, value.value,
                fmt::format("sets {}, which belongs to the cluster's certificates", name),
                "Remove it. To use your own certificates, set CITUS_TLS_CA_PATH, "
                "CITUS_TLS_CERT_PATH and CITUS_TLS_KEY_PATH; to keep TLS in your own "
                "hands, choose CITUS_INTERNODE_AUTH=password"));
        }
    }

    // The listener takes the certificate that is made where nobody has set up TLS.
    void check_tls_of_listener() {
        const auto& http = inputs_.settings.http;
        if (!http.listen || !http.tls || !inputs_.settings.citus.enable) {
            return;
        }
        for (const char* name : {"ssl", "ssl_cert_file", "ssl_key_file"}) {
            if (stack_.given(name)) {
                const LayeredValue value = stack_.explain(name).back();
                problems_.push_back(problem_at(
                    value.origin, value.value,
                    fmt::format("sets {}, and CITUS_HTTP_TLS=true needs the certificate that is "
                                "made where nobody sets up TLS",
                                name),
                    "Remove it, or leave CITUS_HTTP_TLS away and let a proxy speak TLS; with "
                    "CITUS_TLS_CA_PATH, CITUS_TLS_CERT_PATH and CITUS_TLS_KEY_PATH both use your "
                    "own certificate"));
            }
        }
    }

    // Two ways to archive exclude each other: pgBackRest's backups need every segment in its own
    // repository.
    void check_archiving() {
        if (!inputs_.settings.backup) {
            return;
        }
        for (const char* name : {"archive_command", "archive_library", "archive_mode"}) {
            const bool is_mode = std::string_view(name) == "archive_mode";
            if (stack_.given(name) && !(is_mode && is_on(stack_.effective(name)))) {
                refuse(name,
                       "Remove it (ALTER SYSTEM RESET, where that has set it); to archive in "
                       "your own way, set CITUS_BACKUP=none");
            }
        }
        if (stack_.given("wal_level") && to_lower(stack_.effective("wal_level")) == "minimal") {
            refuse("wal_level", "Set it to replica or logical, or set CITUS_BACKUP=none");
        }
    }

    // The value is not shown: a command may hold a password.
    void refuse(const char* name, const char* fix) {
        problems_.push_back(problem_at(
            stack_.explain(name).back().origin, "",
            fmt::format("sets {}, and CITUS_BACKUP=pgbackrest archives with pgBackRest", name),
            fix));
    }

    const StackInputs& inputs_;
    GucStack stack_;
    std::vector<Problem> problems_;
};

}  // namespace

void GucStack::add(std::string_view name, LayeredValue value) {
    std::vector<LayeredValue>& of_name = values[to_lower(name)];
    const auto above = std::upper_bound(
        of_name.begin(), of_name.end(), value.layer,
        [](Layer layer, const LayeredValue& other) { return layer < other.layer; });
    of_name.insert(above, std::move(value));
}

std::vector<LayeredValue> GucStack::explain(std::string_view name) const {
    std::vector<LayeredValue> result;
    const auto facts = find_guc(name, versions);
    if (facts && facts->type != GucType::unknown) {
        result.push_back({Layer::postgresql_default, built_in_text(*facts), "built in"});
    }
    const auto found = values.find(to_lower(name));
    if (found != values.end()) {
        result.insert(result.end(), found->second.begin(), found->second.end());
    }
    return result;
}

std::string GucStack::effective(std::string_view name) const {
    if (const auto found = values.find(to_lower(name));
        found != values.end() && !found->second.empty()) {
        return found->second.back().value;
    }
    const auto built_in = explain(name);
    return built_in.empty() ? "" : built_in.back().value;
}

bool GucStack::given(std::string_view name) const {
    const auto found = values.find(to_lower(name));
    return found != values.end() &&
           std::any_of(found->second.begin(), found->second.end(), [](const LayeredValue& value) {
               return value.layer >= Layer::user_file && value.layer < Layer::enforced;
           });
}

std::vector<std::string> GucStack::names() const {
    std::vector<std::string> result;
    for (const auto& entry : values) {
        result.push_back(entry.first);
    }
    return result;
}

tl::expected<GucStack, std::vector<Problem>> build_guc_stack(const StackInputs& inputs) {
    return Builder(inputs).run();
}

}  // namespace citus_init::render
