#include "settings/declaration.h"

namespace citus_init::settings {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kMostRestarts = 1'000'000;

const Choices<OnFatal>& on_fatals() {
    static const Choices<OnFatal> choices{{"exit", OnFatal::exit}, {"hold", OnFatal::hold}};
    return choices;
}

const Choices<TemplateUse>& template_uses() {
    static const Choices<TemplateUse> choices{{"auto", TemplateUse::automatic},
                                              {"off", TemplateUse::off},
                                              {"require", TemplateUse::require}};
    return choices;
}

const Choices<log::Level>& log_levels() {
    static const Choices<log::Level> choices{{"debug", log::Level::debug},
                                             {"info", log::Level::info},
                                             {"warning", log::Level::warning},
                                             {"error", log::Level::error}};
    return choices;
}

const Choices<log::Format>& log_formats() {
    static const Choices<log::Format> choices{{"text", log::Format::text},
                                              {"json", log::Format::json}};
    return choices;
}

std::vector<Declaration> lifetime_declarations() {
    return {
        {{.name = "CITUS_STOP_TIMEOUT",
          .group = Group::supervisor,
          .type = ValueType::duration,
          .default_text = "`8s`",
          .yaml_key = "supervisor.stop_timeout",
          .meaning = "How long a fast shutdown may take before an immediate one. Docker kills "
                     "after 10 s"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.stop_timeout,
                        parse_duration(value.text, milliseconds(1), hours(24)));
         }},
        {{.name = "CITUS_START_TIMEOUT",
          .group = Group::supervisor,
          .type = ValueType::duration,
          .default_text = "`0`: as long as recovery takes",
          .yaml_key = "supervisor.start_timeout",
          .meaning = "How long the server may take to accept connections; then it is stopped, and "
                     "the exit code is 69. Not with Patroni"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.start_timeout,
                        parse_duration(value.text, milliseconds(0), hours(24 * 7)));
         }},
        {{.name = "CITUS_RESTART_LIMIT",
          .group = Group::supervisor,
          .type = ValueType::whole_number,
          .default_text = "`5`",
          .yaml_key = "supervisor.restart_limit",
          .meaning = "How many times a server that died is started again within "
                     "`CITUS_RESTART_WINDOW`; `0`: never"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.restart_limit,
                        parse_whole_number(value.text, 0, kMostRestarts));
         }},
        {{.name = "CITUS_RESTART_WINDOW",
          .group = Group::supervisor,
          .type = ValueType::duration,
          .default_text = "`5min`",
          .yaml_key = "supervisor.restart_window",
          .meaning = "The time that `CITUS_RESTART_LIMIT` counts in"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.restart_window,
                        parse_duration(value.text, seconds(1), hours(24)));
         }},
    };
}

std::vector<Declaration> failure_declarations() {
    return {
        {{.name = "CITUS_ON_FATAL",
          .group = Group::supervisor,
          .type = ValueType::choice,
          .default_text = "`exit`",
          .yaml_key = "supervisor.on_fatal",
          .meaning = "`hold`: stay up after a fatal error, not ready, so that one can inspect it",
          .allowed = names_of(on_fatals())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.on_fatal, parse_choice(value.text, on_fatals()));
         }},
        {{.name = "CITUS_BOOTSTRAP_REDO",
          .group = Group::supervisor,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "supervisor.bootstrap_redo",
          .meaning =
              "Remove an incomplete data directory and make it anew, instead of refusing it"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.bootstrap_redo, parse_boolean(value.text));
         }},
    };
}

std::vector<Declaration> template_declarations() {
    return {
        {{.name = "CITUS_TEMPLATE",
          .group = Group::supervisor,
          .type = ValueType::choice,
          .default_text = "`auto`",
          .yaml_key = "supervisor.template",
          .meaning = "Whether a first start copies the image's prepared cluster instead of running "
                     "`initdb` and `CREATE EXTENSION`: `auto`, where it fits; `off`, never; "
                     "`require`, exit 78 where it does not fit. Not with Patroni, which runs "
                     "`initdb` itself",
          .since = "0.3",
          .allowed = names_of(template_uses())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.template_use,
                        parse_choice(value.text, template_uses()));
         }},
        {{.name = "CITUS_TEMPLATE_DIR",
          .group = Group::supervisor,
          .type = ValueType::path,
          .default_text = "`/usr/local/share/citus-init/template`",
          .yaml_key = "supervisor.template_directory",
          .meaning = "Where `citus-init make-template` keeps that cluster",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.template_directory,
                        parse_absolute_path(value.text));
         }},
    };
}

std::vector<Declaration> surroundings_declarations() {
    return {
        {{.name = "CITUS_DATA_SLOTS",
          .group = Group::supervisor,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "supervisor.data_slots",
          .meaning = "`PGDATA` is a volume that all replicas of a service share: each takes a free "
                     "directory `PGDATA/slot-N` of its own and keeps it locked"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.data_slots, parse_boolean(value.text));
         }},
        {{.name = "CITUS_RUN_DIR",
          .group = Group::supervisor,
          .type = ValueType::path,
          .default_text = "`/var/run/postgresql`",
          .yaml_key = "supervisor.run_directory",
          .meaning = "Where the state file is that `citus-init health` reads, and the node's key "
                     "and certificate"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.run_directory, parse_absolute_path(value.text));
         }},
        {{.name = "CITUS_LOG_LEVEL",
          .group = Group::supervisor,
          .type = ValueType::choice,
          .default_text = "`info`",
          .yaml_key = "supervisor.log_level",
          .meaning = "The least important message of citus-init that is shown",
          .allowed = names_of(log_levels())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.log_level,
                        parse_choice(value.text, log_levels()));
         }},
        {{.name = "CITUS_LOG_FORMAT",
          .group = Group::supervisor,
          .type = ValueType::choice,
          .default_text = "`text`",
          .yaml_key = "supervisor.log_format",
          .meaning = "`json`: one object a line",
          .allowed = names_of(log_formats())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.log_format,
                        parse_choice(value.text, log_formats()));
         }},
    };
}

std::vector<Declaration> configuration_declarations() {
    return {
        {{.name = "CITUS_STRICT",
          .group = Group::supervisor,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "supervisor.strict",
          .meaning = "Make an unknown `CITUS_*` variable an error instead of a warning"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.supervisor.strict, parse_boolean(value.text));
         }},
        {{.name = "CITUS_CONFIG_PATH",
          .group = Group::supervisor,
          .type = ValueType::path,
          .default_text = "`/etc/citus-init/citus-init.yaml`, where it exists",
          .meaning = "The YAML file. One that is named here must exist"},
         [](Draft&, const Sourced& value) -> Parsed<void> {
             std::string path;
             return put(path, parse_absolute_path(value.text));
         }},
    };
}

}  // namespace

std::vector<Declaration> supervisor_declarations() {
    return concatenated({lifetime_declarations(), failure_declarations(), template_declarations(),
                         surroundings_declarations(), configuration_declarations()});
}

}  // namespace citus_init::settings
