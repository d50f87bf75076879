#include "settings/declaration.h"

namespace citus_init::settings {

namespace {

const Choices<bool>& tuning_modes() {
    static const Choices<bool> choices{{"off", false}, {"auto", true}};
    return choices;
}

const Choices<Preset>& presets() {
    static const Choices<Preset> choices{{"none", Preset::none}, {"test", Preset::test}};
    return choices;
}

std::vector<Declaration> machine_declarations() {
    return {
        {{.name = "CITUS_MEMORY",
          .group = Group::postgresql,
          .type = ValueType::text,
          .default_text = "the container's limit, else half of the machine's memory",
          .yaml_key = "postgres.memory",
          .meaning = "The memory that `CITUS_TUNE=auto` shares out, such as `2GB`; a bare number "
                     "means bytes. A smaller limit of the container counts all the same",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.tuning.memory, parse_memory(value.text));
         }},
        {{.name = "CITUS_CPUS",
          .group = Group::postgresql,
          .type = ValueType::text,
          .default_text = "the container's quota, else the CPUs that it may run on",
          .yaml_key = "postgres.cpus",
          .meaning = "The CPUs that PostgreSQL's workers are numbered by, such as `1.5`. A smaller "
                     "limit of the container counts all the same",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.tuning.cpus, parse_cpus(value.text));
         }},
    };
}

}  // namespace

std::vector<Declaration> tuning_declarations() {
    return concatenated(
        {{{{.name = "CITUS_TUNE",
            .group = Group::postgresql,
            .type = ValueType::choice,
            .default_text = "`off`",
            .yaml_key = "postgres.tune",
            .meaning =
                "`auto`: memory, connections, workers, WAL and Citus' pools are made from the "
                "memory and the CPUs of the container, anew at each start ([tuning](tuning.md)). A "
                "value of your own wins. `off`: they are PostgreSQL's",
            .since = "0.3",
            .allowed = names_of(tuning_modes())},
           [](Draft& draft, const Sourced& value) {
               return put(draft.settings.tuning.automatic,
                          parse_choice(value.text, tuning_modes()));
           }}},
         machine_declarations(),
         {{{.name = "CITUS_PRESET",
            .group = Group::postgresql,
            .type = ValueType::choice,
            .default_text = "`none`",
            .yaml_key = "postgres.preset",
            .meaning =
                "`test`: for containers that are thrown away. Nothing is written durably (`fsync`, "
                "`full_page_writes` and `synchronous_commit` are off), so a crash of the machine "
                "may "
                "destroy the data. A data directory keeps the preset that it was made with",
            .since = "0.3",
            .allowed = names_of(presets())},
           [](Draft& draft, const Sourced& value) {
               return put(draft.settings.preset, parse_choice(value.text, presets()));
           }}}});
}

}  // namespace citus_init::settings
