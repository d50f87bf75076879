#include "cli/grammar.h"

namespace citus_init::cli {

CompletionGrammar grammar() {
    const CompletionOption output{"--output", "text or json", true, {"text", "json"}};
    const CompletionOption short_output{"-o", "text or json", true, {"text", "json"}};
    const CompletionOption mode{
        "--mode", "how shards are copied", true, {"auto", "force_logical", "block_writes"}};
    const std::vector<CompletionOption> listing{
        {"--output", "table or json", true, {"table", "json"}},
        {"-o", "table or json", true, {"table", "json"}},
        {"--watch", "again every 2 s", false, {}},
        {"-w", "again every 2 s", false, {}}};
    const CompletionOption detach{"--detach", "start the moves, and do not watch", false, {}};
    return {
        "citus-init",
        {
            {"run", "Run the server, or a command, under supervision", {}, {"postgres"}},
            {"check", "Tell every problem with the configuration", {}, {}},
            {"render", "Print the files that a start would write", {}, {}},
            {"explain", "Show where a PostgreSQL setting comes from", {output, short_output}, {}},
            {"health",
             "Tell whether this node is ready",
             {output,
              short_output,
              {"--wait", "wait that long for it", true, {}},
              {"--scope", "node, group or cluster", true, {"node", "group", "cluster"}}},
             {}},
            {"plan", "Print what the coordinator would do", {output, short_output}, {}},
            {"ensure-initdb", "Make the database if there is none, then end", {}, {}},
            {"enforce-initdb", "The same; fail if there is one", {}, {}},
            {"status", "Tell this node's health, the cluster's nodes and moves", listing, {}},
            {"nodes", "List the nodes of the cluster", listing, {}},
            {"rebalance",
             "Spread the shards evenly",
             {mode, detach, {"--stop", "end the moves that run", false, {}}},
             {}},
            {"scale",
             "Wait for so many workers, then rebalance",
             {mode, detach, {"--wait", "wait that long for them", true, {}}},
             {}},
            {"drain",
             "Move every shard off a node",
             {mode, detach, {"--undo", "let the node have shards again", false, {}}},
             {}},
            {"remove", "Drain a node, then take it out of the cluster", {mode}, {}},
            {"version", "Print the version", {}, {}},
            {"help", "Print the help", {}, {}},
            {"completion", "Print a completion script", {}, {"bash", "zsh", "fish"}},
        },
        {}};
}

}  // namespace citus_init::cli
