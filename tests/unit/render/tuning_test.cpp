#include "citus_init/render/tuning.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"
#include "citus_init/render/postgresql_conf.h"

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

constexpr double kMegabyte = 1024.0 * 1024;

TuningInputs inputs_of(double megabytes, int cpus, TunedRole role, int workers = 0,
                       bool queried = false) {
    TuningInputs inputs;
    inputs.machine.memory = megabytes * kMegabyte;
    inputs.machine.memory_origin = "memory limit from /sys/fs/cgroup/memory.max";
    inputs.machine.cpus = cpus;
    inputs.machine.cpus_origin = "CITUS_CPUS";
    inputs.machine.disk = 100 * 1024 * kMegabyte;
    inputs.role = role;
    inputs.workers = workers;
    inputs.is_queried_on_workers = queried;
    return inputs;
}

std::string value_of(const Tuning& tuning, const std::string& name) {
    const auto found = tuning.values.find(name);
    return found == tuning.values.end() ? "" : found->second.value;
}

// In the unit of the setting; sizes in MB.
double number_of(const Tuning& tuning, const std::string& name) {
    const std::string text = value_of(tuning, name);
    EXPECT_NE(text, "") << name;
    return text.ends_with("MB") ? size_in_bytes(text, 1).value_or(-1) / kMegabyte
                                : std::stod("0" + text);
}

TEST(Tuning, KeepsToTheTableOfTheResearch) {
    struct Row {
        double memory;
        const char* buffers;
        int sessions;
        const char* work_mem;
    };
    for (const Row& row : {Row{512, "128MB", 20, "4MB"}, Row{1024, "256MB", 38, "4MB"},
                           Row{2048, "512MB", 76, "4MB"}, Row{4096, "1024MB", 153, "8MB"},
                           Row{8192, "2048MB", 307, "8MB"}, Row{16384, "4096MB", 400, "8MB"}}) {
        const auto tuning = tune(inputs_of(
            row.memory, static_cast<int>(std::max(1.0, row.memory / 2048)), TunedRole::worker, 2));
        EXPECT_TRUE(tuning.fits);
        EXPECT_EQ(value_of(tuning, "shared_buffers"), row.buffers) << row.memory;
        EXPECT_EQ(tuning.max_connections, row.sessions + 8 + 3) << row.memory;
        EXPECT_EQ(value_of(tuning, "work_mem"), row.work_mem) << row.memory;
    }
}

TEST(Tuning, SaysTheFormulaWithItsInputs) {
    const auto tuning = tune(inputs_of(512, 2, TunedRole::worker, 4));
    EXPECT_EQ(tuning.values.at("shared_buffers").origin,
              "0.25 of 512 MB: memory limit from /sys/fs/cgroup/memory.max");
    EXPECT_EQ(tuning.values.at("max_connections").origin,
              "20 sessions + 12 inside Citus (4 workers) + 3 reserved; 0.3 of 512 MB: memory limit "
              "from /sys/fs/cgroup/memory.max, at 8 MB a session");
    EXPECT_EQ(tuning.values.at("max_parallel_workers").origin, "2 CPUs: CITUS_CPUS");
}

// Every M of a list of sizes, C, W, role, and who is queried.
template <typename Check>
void for_all_inputs(const Check& check) {
    std::vector<double> memories;
    for (double memory = 64; memory <= 1024 * 1024; memory = std::floor(memory * 1.03) + 1) {
        memories.push_back(memory);
    }
    for (const TunedRole role :
         {TunedRole::server, TunedRole::standalone, TunedRole::coordinator, TunedRole::worker}) {
        const bool has_workers = role == TunedRole::coordinator || role == TunedRole::worker;
        for (const int workers : has_workers ? std::vector{1, 2, 4, 16, 64} : std::vector{0}) {
            for (const int cpus : {1, 2, 3, 8, 31, 128}) {
                for (const bool queried : {false, true}) {
                    if (!queried || has_workers) {
                        check(memories, cpus, role, workers, queried);
                    }
                }
            }
        }
    }
}

TEST(TuningProperty, LeavesAFifthOfTheMemoryOrRefuses) {
    for_all_inputs([](const std::vector<double>& memories, int cpus, TunedRole role, int workers,
                      bool queried) {
        bool has_fitted = false;
        for (const double memory : memories) {
            const auto tuning = tune(inputs_of(memory, cpus, role, workers, queried));
            const double needed = tuning.shared_memory + 4.0 * tuning.max_connections;
            EXPECT_TRUE(!tuning.fits || (memory >= 192 && needed <= 0.8 * memory)) << memory;
            EXPECT_TRUE(tuning.fits || !has_fitted) << memory << " fits less than less memory";
            EXPECT_TRUE(tuning.fits || memory < 192 || workers > 2) << memory;
            has_fitted = tuning.fits;
        }
        EXPECT_TRUE(has_fitted);
    });
}

// How many sessions of a node may hold memory for sorts at once: its own clients', four for each
// CPU, and the connections that its cluster's multi-shard queries have to a node with shards.
int busy_sessions(const TuningInputs& inputs, const Tuning& tuning) {
    const int queries = std::min(24, std::max(4, 2 * inputs.machine.cpus));
    const auto of_query = [](const Tuning& issuing) {
        return static_cast<int>(number_of(issuing, "citus.max_adaptive_executor_pool_size"));
    };
    int clients = std::max(8, 4 * inputs.machine.cpus);
    int tasks = 0;
    if (inputs.role == TunedRole::standalone) {
        tasks = std::min(queries * of_query(tuning),
                         static_cast<int>(number_of(tuning, "citus.local_shared_pool_size")));
    } else if (inputs.role == TunedRole::worker) {
        TuningInputs coordinator = inputs;
        coordinator.role = TunedRole::coordinator;
        const auto issuing = tune(coordinator);
        const int nodes = inputs.is_queried_on_workers ? inputs.workers + 1 : 1;
        tasks =
            nodes * std::min(queries * of_query(issuing),
                             static_cast<int>(number_of(issuing, "citus.max_shared_pool_size")));
        clients =
            inputs.is_queried_on_workers
                ? std::min(clients,
                           static_cast<int>(number_of(tuning, "citus.max_client_connections")))
                : 0;
    }
    const int internal = inputs.role == TunedRole::server ? 0 : 4 + 2 * inputs.workers;
    return std::min(clients + tasks, tuning.max_connections - internal - 3);
}

TEST(TuningProperty, SortsOfAllBusySessionsFitBesideSharedMemoryAndConnections) {
    for_all_inputs([](const std::vector<double>& memories, int cpus, TunedRole role, int workers,
                      bool queried) {
        for (std::size_t i = cpus % 3; i < memories.size(); i += 3) {
            const double memory = memories[i];
            for (const double multiplier : {1.0, 2.0}) {
                auto inputs = inputs_of(memory, cpus, role, workers, queried);
                inputs.hash_mem_multiplier = multiplier;
                const auto tuning = tune(inputs);
                const double work_mem = number_of(tuning, "work_mem");
                if (!tuning.fits || work_mem <= 1) {
                    continue;  // less than the least that is of use would not be more certain
                }
                EXPECT_LE(tuning.shared_memory + 4.0 * tuning.max_connections +
                              work_mem * (1 + multiplier) * busy_sessions(inputs, tuning),
                          memory)
                    << work_mem << " MB with " << cpus << " CPUs, " << workers << " workers";
                EXPECT_TRUE(memory < std::max(4096.0, 512.0 * cpus) || work_mem >= 4)
                    << memory << " with " << cpus << " CPUs, " << workers << " workers";
            }
        }
    });
}

TEST(Tuning, GivesAWorkerWorkMemForTheConnectionsOfAllQueries) {
    const auto work_mem = [](double memory, int cpus, double multiplier) {
        auto inputs = inputs_of(memory, cpus, TunedRole::worker, 4);
        inputs.hash_mem_multiplier = multiplier;
        return value_of(tune(inputs), "work_mem");
    };
    EXPECT_EQ(work_mem(4096, 2, 1), "12MB");  // 4 queries with 16 connections each
    EXPECT_EQ(work_mem(4096, 2, 2), "8MB");
    EXPECT_EQ(work_mem(256, 2, 2), "1MB");  // what is left is 52 MB
    EXPECT_EQ(tune(inputs_of(4096, 2, TunedRole::worker, 4)).values.at("work_mem").origin,
              "0.40 of 4096 MB: memory limit from /sys/fs/cgroup/memory.max, for a sort and a hash "
              "table (hash_mem_multiplier 2) in each of 64 sessions at once; 1 to 256 MB");
}

TEST(TuningProperty, GivesValuesThatTheServerTakes) {
    for_all_inputs([](const std::vector<double>& memories, int cpus, TunedRole role, int workers,
                      bool queried) {
        for (const double memory : memories) {
            const auto tuning = tune(inputs_of(memory, cpus, role, workers, queried));
            for (const auto& [name, value] : tuning.values) {
                const auto facts = find_guc(name, {});
                ASSERT_TRUE(facts) << name;
                // Its bound is max_connections, which the table has for one server.
                if (name == "citus.max_client_connections") {
                    EXPECT_LE(std::stoi(value.value), tuning.max_connections);
                    EXPECT_GE(std::stoi(value.value), 1);
                } else {
                    EXPECT_FALSE(check_guc_value(*facts, value.value)) << name << value.value;
                }
                EXPECT_FALSE(value.origin.empty()) << name;
            }
        }
    });
}

TEST(TuningProperty, GrowsWithTheMemory) {
    for_all_inputs([](const std::vector<double>& memories, int cpus, TunedRole role, int workers,
                      bool queried) {
        std::map<std::string, double> last;
        for (const double memory : memories) {
            const auto tuning = tune(inputs_of(memory, cpus, role, workers, queried));
            if (!tuning.fits) {
                continue;
            }
            for (const auto& [name, value] : tuning.values) {
                const double number = number_of(tuning, name);
                if (name == "citus.executor_slow_start_interval") {
                    continue;  // of how many wait, and in how much memory
                }
                // It is divided by sessions, of which more memory has more.
                const bool is_divided = name == "work_mem";
                if (is_divided && memory < 4096) {
                    continue;
                }
                EXPECT_GE(number, last[name] - (is_divided ? 1 : 0))
                    << name << " at " << memory << " MB, " << cpus << " CPUs, " << workers
                    << " workers";
                last[name] = number;
            }
        }
    });
}

TEST(TuningProperty, NeverSendsAWorkerMoreConnectionsThanItTakes) {
    for_all_inputs([](const std::vector<double>& memories, int cpus, TunedRole role, int workers,
                      bool queried) {
        if (role != TunedRole::coordinator) {
            return;
        }
        for (const double memory : memories) {
            const auto coordinator = tune(inputs_of(memory, cpus, role, workers, queried));
            const auto worker = tune(inputs_of(memory, cpus, TunedRole::worker, workers, queried));
            if (!coordinator.fits || !worker.fits) {
                continue;
            }
            const int issuing = queried ? workers + 1 : 1;
            const double pool = number_of(coordinator, "citus.max_shared_pool_size");
            EXPECT_LE(issuing * pool + 4 + 2 * workers + 3, worker.max_connections) << memory;
            EXPECT_LE(number_of(coordinator, "citus.max_client_connections"), pool) << memory;
            if (queried) {
                EXPECT_EQ(number_of(worker, "citus.max_shared_pool_size"), pool) << memory;
            }
        }
    });
}

// More workers than a node can expect before it is a member.
TEST(TuningProperty, NeverSendsAWorkerMoreConnectionsThanItTakesOnceTheWorkersAreKnown) {
    for (const double memory : {256.0, 512.0, 1024.0, 4096.0, 16384.0, 262144.0}) {
        for (const int cpus : {1, 8, 64}) {
            auto inputs = inputs_of(memory, cpus, TunedRole::worker, 4, true);
            const int sessions = tune(inputs).max_connections - 3;
            for (int count = 1; count <= 100; ++count) {
                const int internal = 4 + 2 * count;
                inputs.known = KnownWorkers{count, sessions};
                const auto tuning = tune(inputs);
                const double pool = number_of(tuning, "citus.max_shared_pool_size");
                const double clients = number_of(tuning, "citus.max_client_connections");
                EXPECT_EQ(tuning.max_connections, sessions + 3);
                if (sessions - internal >= 2 * (count + 1)) {
                    EXPECT_LE((count + 1) * pool + clients + internal, sessions) << count;
                }
                inputs.role = TunedRole::coordinator;
                EXPECT_EQ(number_of(tune(inputs), "citus.max_shared_pool_size"), pool) << count;
                inputs.role = TunedRole::worker;
            }
        }
    }
}

// Citus 13.2 on two workers: 18 sessions that wait grow by 24 MB a second at 10 ms.
TEST(Tuning, QueriesThatWaitForConnectionsDoNotFillTheMemory) {
    auto inputs = inputs_of(512, 2, TunedRole::coordinator);
    inputs.known = KnownWorkers{2, 32};
    EXPECT_EQ(value_of(tune(inputs), "citus.executor_slow_start_interval"), "102ms");
    inputs.known = KnownWorkers{2, 12};  // one connection each: nobody asks again
    EXPECT_EQ(tune(inputs).values.count("citus.executor_slow_start_interval"), 0U);
    for (const double memory : {256.0, 1024.0, 4096.0, 65536.0}) {
        for (const auto role : {TunedRole::coordinator, TunedRole::standalone}) {
            const auto tuning = tune(inputs_of(memory, 8, role));
            if (tuning.values.count("citus.executor_slow_start_interval") == 0) {
                continue;
            }
            const double interval = number_of(tuning, "citus.executor_slow_start_interval");
            EXPECT_GE(interval, 10) << memory;
            EXPECT_LE(interval, 1000) << memory;
        }
    }
}

TEST(Tuning, FitsBesideTheUsersOwnValues) {
    auto inputs = inputs_of(1024, 2, TunedRole::standalone);
    const auto free = tune(inputs);
    inputs.given.max_connections = 120;
    const auto many = tune(inputs);
    EXPECT_TRUE(many.fits);
    EXPECT_EQ(many.max_connections, 120);
    EXPECT_EQ(value_of(many, "max_connections"), "");
    EXPECT_EQ(value_of(many, "max_prepared_transactions"), "240");
    EXPECT_LT(number_of(many, "work_mem"), number_of(free, "work_mem"));
    inputs.given.max_connections = 5000;
    EXPECT_FALSE(tune(inputs).fits);
    EXPECT_EQ(value_of(tune(inputs), "shared_buffers"), "16MB");

    auto large = inputs_of(1024, 2, TunedRole::standalone);
    large.given.shared_buffers = 600;
    EXPECT_TRUE(tune(large).fits);
    EXPECT_LT(tune(large).max_connections, free.max_connections);
}

TEST(Tuning, LetsThePoolsFollowTheWorkers) {
    auto inputs = inputs_of(4096, 2, TunedRole::coordinator, 4);
    const auto before = tune(inputs);
    inputs.known = KnownWorkers{6, 47};
    const auto after = tune(inputs);
    // 47 less 4 + 2 x 6 inside Citus.
    EXPECT_EQ(value_of(after, "citus.max_shared_pool_size"), "27");
    EXPECT_EQ(value_of(after, "citus.max_client_connections"), "27");
    EXPECT_EQ(after.values.at("citus.max_shared_pool_size").origin,
              "0.9 of the sessions of the worker of 6 that has the fewest, 47");
    // What needs a restart stays as it is.
    for (const char* name : {"max_connections", "shared_buffers", "max_wal_senders", "work_mem"}) {
        EXPECT_EQ(value_of(after, name), value_of(before, name)) << name;
    }
    inputs.known = KnownWorkers{30, 5};
    EXPECT_EQ(value_of(tune(inputs), "citus.max_shared_pool_size"), "1");
}

struct TunedFixture : StackFixture {
    explicit TunedFixture(double megabytes = 512) {
        settings.tuning.automatic = true;
        machine.memory = megabytes * kMegabyte;
        machine.memory_origin = "CITUS_MEMORY";
        machine.cpus_origin = "CITUS_CPUS";
    }
};

const std::string kOfInitdb =
    "# -----------------------------\n# PostgreSQL configuration file\n"
    "max_connections = 100\t\t\t# (change requires restart)\n"
    "shared_buffers = 128MB\t\t\t# min 128kB\n"
    "max_wal_size = 1GB\nmin_wal_size = 80MB\n";

TEST(TunedLayer, CountsWhatInitdbWroteAsNobodysWish) {
    TunedFixture node;
    node.conf(kOfInitdb);
    const auto stack = node.stack();
    EXPECT_EQ(stack.explain("max_connections").back().layer, Layer::tuned);
    EXPECT_EQ(stack.effective("max_connections"), "23");
    EXPECT_FALSE(stack.given("shared_buffers"));
    const auto text = render_postgresql_conf(stack).text;
    EXPECT_GT(text.find("max_connections = '23'"), text.find("include_if_exists"));
    EXPECT_LT(text.find("work_mem = "), text.find("include_if_exists"));
}

TEST(TunedLayer, GivesWayToWhatTheUserWrote) {
    const auto edited = [](const std::string& from, const std::string& to) {
        std::string text = kOfInitdb;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& conf :
         {edited("= 100", "= 250"), edited("# (change", "# mine (change"),
          kOfInitdb + "max_connections = 100\n", kOfInitdb + "max_connections = 250\n",
          "max_connections = 100\t# (change requires restart)\n" +
              std::string("max_wal_size=1GB\n")}) {
        TunedFixture node;
        node.conf(conf);
        const auto stack = node.stack();
        EXPECT_EQ(stack.explain("max_connections").back().layer, Layer::user_file) << conf;
        const auto text = render_postgresql_conf(stack).text;
        EXPECT_EQ(text.find("max_connections = "), std::string::npos) << conf;
    }
    TunedFixture node;
    node.conf(kOfInitdb);
    node.environment_guc("max_connections", "77");
    EXPECT_EQ(node.stack().effective("max_connections"), "77");
    node.files.add_file("/data/postgresql.auto.conf", "shared_buffers = '64MB'\n");
    EXPECT_EQ(node.stack().effective("shared_buffers"), "64MB");
}

TEST(TunedLayer, LeavesInitdbsValuesWhereItIsOff) {
    StackFixture node;
    node.conf(kOfInitdb);
    const auto stack = node.stack();
    EXPECT_EQ(stack.explain("max_connections").back().layer, Layer::initdb);
    EXPECT_EQ(stack.effective("shared_buffers"), "128MB");
    EXPECT_EQ(render_postgresql_conf(stack).text.find("shared_buffers"), std::string::npos);
}

TEST(TunedLayer, RefusesTooLittleMemory) {
    TunedFixture node(150);
    const auto built = node.build();
    ASSERT_FALSE(built);
    EXPECT_EQ(
        built.error()[0].text(),
        "CITUS_TUNE: \"auto\" finds 150 MB of memory (CITUS_MEMORY), and a server needs 192 "
        "MB. Give the container more memory, or set CITUS_TUNE=off to start it all the same.");
}

TEST(TunedLayer, WarnsOfTheUsersValuesThatDoNotFit) {
    TunedFixture node;
    node.environment_guc("max_connections", "2000");
    const auto stack = node.stack();
    EXPECT_EQ(stack.effective("max_connections"), "2000");
    ASSERT_TRUE(stack.tuning_doubt);
    EXPECT_NE(stack.tuning_doubt->text().find("2000 connections"), std::string::npos);
}

TEST(TunedLayer, LetsAWorkerThatClientsUseFollowTheNumberOfWorkers) {
    TunedFixture node(4096);
    node.settings.citus.enable = true;
    node.settings.citus.role = settings::Role::worker;
    node.settings.citus.worker_clients = true;
    const auto pool = [&] {
        return std::stoi(node.stack().effective("citus.max_shared_pool_size"));
    };
    const auto connections = node.stack().effective("max_connections");
    const int before = pool();
    node.workers = KnownWorkers{20, 165};
    EXPECT_LE(21 * pool(), 165 - 4 - 2 * 20);
    EXPECT_LT(pool(), before);
    EXPECT_EQ(node.stack().effective("max_connections"), connections);
    EXPECT_EQ(node.stack().explain("citus.max_shared_pool_size").back().origin,
              "0.9 of the sessions of this worker, 165, as one of 20, through all nodes");
    node.settings.citus.worker_clients = false;
    EXPECT_FALSE(node.stack().given("citus.max_shared_pool_size"));
}

TEST(TunedLayer, ReadsHashMemMultiplierOfTheVersionAndTheUser) {
    TunedFixture node(4096);
    node.settings.citus.enable = true;
    node.settings.citus.role = settings::Role::worker;
    EXPECT_EQ(node.stack().effective("work_mem"), "8MB");
    node.versions.postgres = 14;
    EXPECT_EQ(node.stack().effective("work_mem"), "12MB");
    node.environment_guc("hash_mem_multiplier", "5");
    EXPECT_EQ(node.stack().effective("work_mem"), "4MB");
}

TEST(TunedLayer, IsTheSameAtEachStart) {
    TunedFixture node;
    node.conf(kOfInitdb);
    const auto first = render_postgresql_conf(node.stack()).text;
    EXPECT_EQ(render_postgresql_conf(node.stack()).text, first);
}

}  // namespace
}  // namespace citus_init::render
