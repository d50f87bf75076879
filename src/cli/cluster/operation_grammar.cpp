#include "cli/cluster/operation_grammar.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/cluster/operation_verbs.h"

namespace citus_init::cli {

namespace {

using citus::TransferMode;

// What the options of these verbs are read into.
struct Words {
    std::string output = "table";
    bool watch = false;
    std::string node;
    TransferMode mode = TransferMode::automatic;
    bool detach = false;
    bool stop = false;
    bool undo = false;
    int workers = 0;
    std::int64_t wait_ms = 300'000;

    ListingOptions listing() const { return {output == "json", watch}; }
    MoveVerbOptions moves() const { return {mode, detach}; }
};

class Grammar {
  public:
    Grammar(CLI::App& app, const settings::Environment& environment,
            std::function<void(std::function<int()>)> choose)
        : app_(app), environment_(environment), choose_(std::move(choose)) {}

    CLI::App& verb(const char* name, const char* meaning, std::function<int()> action) {
        CLI::App* verb = app_.add_subcommand(name, meaning);
        verb->callback([choose = choose_, action = std::move(action)] { choose(action); });
        return *verb;
    }

    void add_status(std::function<std::string()> run_directory) {
        CLI::App& status =
            verb("status", "Tell this node's health, the cluster's nodes and moves",
                 [words = words_, &environment = environment_,
                  run_directory = std::move(run_directory)] {
                     return run_status(environment, run_directory(), words->listing());
                 });
        add_listing(status);
    }

    void add_nodes() {
        CLI::App& nodes =
            verb("nodes", "List the nodes of the cluster, with their shards and sizes",
                 [words = words_, &environment = environment_] {
                     return run_nodes(environment, words->listing());
                 });
        add_listing(nodes);
    }

    void add_rebalance() {
        CLI::App& rebalance =
            verb("rebalance", "Spread the shards evenly, online and in the background",
                 [words = words_, &environment = environment_] {
                     return words->stop ? run_stop_moves(environment)
                                        : run_rebalance(environment, words->moves());
                 });
        add_moves(rebalance);
        rebalance.add_flag("--stop", words_->stop, "end the moves that run");
    }

    void add_scale() {
        CLI::App& scale =
            verb("scale", "Wait until so many workers are in the cluster, then rebalance",
                 [words = words_, &environment = environment_] {
                     return run_scale(environment, words->workers,
                                      std::chrono::milliseconds(words->wait_ms), words->moves());
                 });
        scale.add_option("WORKERS", words_->workers, "how many workers there are to be")
            ->required()
            ->check(CLI::Range(1, 100'000).description(""))
            ->type_name("NUMBER");
        const std::map<std::string, std::int64_t> units{
            {"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
        scale.add_option("--wait", words_->wait_ms, "wait that long for them, e.g. 5min")
            ->transform(
                CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED).description(""))
            ->type_name("DURATION");
        add_moves(scale);
    }

    void add_drain() {
        CLI::App& drain =
            verb("drain", "Move every shard off a node, and keep new ones away from it",
                 [words = words_, &environment = environment_] {
                     return words->undo ? run_undo_drain(environment, words->node)
                                        : run_drain(environment, words->node, words->moves());
                 });
        add_node(drain);
        add_moves(drain);
        drain.add_flag("--undo", words_->undo, "let the node have shards again");
    }

    void add_remove() {
        CLI::App& remove = verb("remove", "Drain a node, then take it out of the cluster for good",
                                [words = words_, &environment = environment_] {
                                    return run_remove(environment, words->node, words->moves());
                                });
        add_node(remove);
        add_mode(remove);
    }

  private:
    void add_listing(CLI::App& verb) {
        verb.add_option("-o,--output", words_->output, "table or json")
            ->check(CLI::IsMember({"table", "json"}).description(""))
            ->type_name("FORMAT");
        verb.add_flag("-w,--watch", words_->watch, "again every 2 s");
    }

    void add_node(CLI::App& verb) {
        verb.add_option("NODE", words_->node, "host, or host:port, as `nodes` shows it")
            ->required();
    }

    void add_mode(CLI::App& verb) {
        const std::map<std::string, TransferMode> modes{
            {"auto", TransferMode::automatic},
            {"force_logical", TransferMode::force_logical},
            {"block_writes", TransferMode::block_writes}};
        verb.add_option_function<std::string>(
                "--mode",
                [words = words_, modes](const std::string& word) { words->mode = modes.at(word); },
                "how shards are copied: auto, force_logical, block_writes")
            ->check(CLI::IsMember({"auto", "force_logical", "block_writes"}).description(""))
            ->type_name("MODE");
    }

    void add_moves(CLI::App& verb) {
        add_mode(verb);
        verb.add_flag("--detach", words_->detach, "start the moves, and do not watch them");
    }

    CLI::App& app_;
    const settings::Environment& environment_;
    std::function<void(std::function<int()>)> choose_;
    std::shared_ptr<Words> words_ = std::make_shared<Words>();
};

}  // namespace

void add_operation_verbs(CLI::App& app, const settings::Environment& environment,
                         std::function<std::string()> run_directory,
                         const std::function<void(std::function<int()>)>& choose) {
    Grammar grammar(app, environment, choose);
    grammar.add_status(std::move(run_directory));
    grammar.add_nodes();
    grammar.add_rebalance();
    grammar.add_scale();
    grammar.add_drain();
    grammar.add_remove();
}

}  // namespace citus_init::cli
