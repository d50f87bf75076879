#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/render/tuning.h"

#include "memory_share.h"
#include "presets.h"
#include "problem_at.h"

namespace citus_init::render {

namespace {

std::optional<int> given_number(const GucStack& stack, std::string_view name) {
    constexpr long long kMost = 1 << 30;
    const auto number =
        stack.given(name) ? parse_integer(trim(stack.effective(name)), 0, kMost) : std::nullopt;
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// Of this server's version, unless the user has set it.
double hash_mem_multiplier(const GucStack& stack) {
    const std::string text = stack.effective("hash_mem_multiplier");
    return std::max(1.0, std::strtod(text.c_str(), nullptr));
}

GivenValues given_values(const GucStack& stack) {
    GivenValues given;
    if (stack.given("shared_buffers")) {
        const auto bytes = size_in_bytes(stack.effective("shared_buffers"), kBlock);
        given.shared_buffers = bytes ? std::optional(*bytes / kMegabyte) : std::nullopt;
    }
    given.max_connections = given_number(stack, "max_connections");
    given.max_prepared_transactions = given_number(stack, "max_prepared_transactions");
    given.max_locks_per_transaction = given_number(stack, "max_locks_per_transaction");
    const auto pool = given_number(stack, "citus.max_shared_pool_size");
    given.pool = pool && *pool > 0 ? pool : std::nullopt;
    given.reserved = given_number(stack, "superuser_reserved_connections").value_or(3) +
                     given_number(stack, "reserved_connections").value_or(0);
    return given;
}

TunedRole tuned_role(const settings::CitusSettings& citus) {
    if (!citus.enable) {
        return TunedRole::server;
    }
    if (citus.role == settings::Role::worker) {
        return TunedRole::worker;
    }
    return citus.may_have_workers() ? TunedRole::coordinator : TunedRole::standalone;
}

TuningInputs tuning_inputs(const GucStack& stack, const settings::CitusSettings& citus,
                           const Machine& machine, const std::optional<KnownWorkers>& workers) {
    TuningInputs inputs{machine, tuned_role(citus), expected_workers(citus)};
    inputs.is_queried_on_workers = inputs.workers > 0 && citus.worker_clients;
    inputs.given = given_values(stack);
    inputs.hash_mem_multiplier = hash_mem_multiplier(stack);
    if (inputs.role == TunedRole::coordinator || inputs.is_queried_on_workers) {
        inputs.known = workers;
    }
    return inputs;
}

settings::Problem too_little(const Tuning& tuning, const Machine& machine) {
    const double memory = machine.memory / kMegabyte;
    return problem_at(
        "CITUS_TUNE", "auto",
        memory < kLeastMemory
            ? fmt::format("finds {:.0f} MB of memory ({}), and a server needs {:.0f} MB", memory,
                          machine.memory_origin, kLeastMemory)
            : fmt::format("finds {:.0f} MB of memory ({}), and {} connections of {:.0f} MB each "
                          "with {:.0f} MB of shared memory need {:.0f} MB",
                          memory, machine.memory_origin, tuning.max_connections, kSessionMemory,
                          tuning.shared_memory, tuning.needed / kUsableMemory),
        "Give the container more memory, or set CITUS_TUNE=off to start it all the same");
}

// Citus keeps one maintenance daemon per database beside its executors and the workers of logical
// replication. Too few slots: a warning at every statement, and no recovery of 2PC.
void add_worker_processes(GucStack& stack, const TuningInputs& inputs) {
    stack.add("max_worker_processes", {Layer::tuned, std::to_string(worker_processes(inputs)),
                                       fmt::format("for {} CPUs with Citus", inputs.machine.cpus)});
}

}  // namespace

// Before the start nobody can be asked; those that announce themselves or are discovered are
// expected to be four.
int expected_workers(const settings::CitusSettings& citus) {
    constexpr int kUnlisted = 4;
    const TunedRole role = tuned_role(citus);
    return role == TunedRole::coordinator || role == TunedRole::worker
               ? std::max(kUnlisted, static_cast<int>(citus.workers.size()))
               : 0;
}

std::optional<settings::Problem> add_tuned(GucStack& stack, const settings::Settings& settings,
                                           const Machine& machine,
                                           const std::optional<KnownWorkers>& workers) {
    if (!settings.tuning.automatic || machine.memory <= 0) {
        if (settings.tuning.automatic) {
            stack.tuning_doubt =
                problem_at("CITUS_TUNE", "auto", "has no effect, as the memory is not known",
                           "Set CITUS_MEMORY");
        }
        if (settings.citus.enable) {
            add_worker_processes(stack, {machine, tuned_role(settings.citus)});
        }
        return std::nullopt;
    }
    const TuningInputs inputs = tuning_inputs(stack, settings.citus, machine, workers);
    Tuning tuning = tune(inputs);
    if (!tuning.fits) {
        auto problem = too_little(tuning, machine);
        if (!inputs.given.any() || machine.memory < kLeastMemory * kMegabyte) {
            return problem;
        }
        problem.fix = "Lower the values of your own, or give the container more memory";
        stack.tuning_doubt = std::move(problem);
    }
    for (auto& [name, value] : tuning.values) {
        stack.add(name, std::move(value));
    }
    return std::nullopt;
}

}  // namespace citus_init::render
