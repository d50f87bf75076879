#include "app/verbs/grammar.h"

namespace citus_init::app {

CompletionGrammar grammar() {
    const CompletionOption output{"--output", "text or json", true, {"text", "json"}};
    const CompletionOption short_output{"-o", "text or json", true, {"text", "json"}};
    return {
        "citus-init",
        {
            {"run", "Run the server, or a command, under supervision", {}, {"postgres"}},
            {"check", "Tell every problem with the configuration", {}, {}},
            {"render", "Print the files that a start would write", {}, {}},
            {"explain", "Show where a PostgreSQL setting comes from", {output, short_output}, {}},
            {"health",
             "Tell whether this node is ready",
             {output, short_output, {"--wait", "wait that long for it", true, {}}},
             {}},
            {"plan", "Print what the coordinator would do", {output, short_output}, {}},
            {"ensure-initdb", "Make the database if there is none, then end", {}, {}},
            {"enforce-initdb", "The same; fail if there is one", {}, {}},
            {"version", "Print the version", {}, {}},
            {"help", "Print the help", {}, {}},
            {"completion", "Print a completion script", {}, {"bash", "zsh", "fish"}},
        },
        {}};
}

}  // namespace citus_init::app
