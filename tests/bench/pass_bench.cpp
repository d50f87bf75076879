// A pass of the reconciler that finds nothing to do, on a real cluster, beside the least that a
// person would type to see the same. SOCKET_DIR PORT DATABASE RUNS COORDINATOR_HOST WORKER_HOST...
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/libpq/connector.h"

namespace citus_init {
namespace {

using Clock = std::chrono::steady_clock;

struct Counts {
    int statements = 0;
    int connections = 0;
};

class CountingSession final : public citus::Session {
  public:
    CountingSession(std::unique_ptr<citus::Session> session, Counts& counts)
        : session_(std::move(session)), counts_(counts) {}
    using Session::query;
    [[nodiscard]] citus::SqlResult<citus::Rows> query(
        const std::string& sql, const std::vector<std::string>& parameters) override {
        ++counts_.statements;
        return session_->query(sql, parameters);
    }

  private:
    std::unique_ptr<citus::Session> session_;
    Counts& counts_;
};

// One thread at a time may count: there are few workers, and the numbers are read between passes.
class CountingConnector final : public citus::Connector {
  public:
    CountingConnector(citus::Connector& connector, Counts& counts)
        : connector_(connector), counts_(counts) {}
    [[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> connect(
        const citus::ConnectionTarget& target) override {
        ++counts_.connections;
        return connector_.connect(target);
    }

  private:
    citus::Connector& connector_;
    Counts& counts_;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Cluster {
    citus::ConnectionTarget local;
    citus::DesiredWorkers workers;
    citus::ReconcilerSettings settings;
};

class Bench {
  public:
    Bench(citus::Connector& connector, Cluster cluster, std::unique_ptr<citus::Session> session)
        : cluster_(std::move(cluster)),
          connector_(connector, counts_),
          session_(std::move(session), counts_),
          reconciler_(connector_, cluster_.settings, [] { return 0.5; }) {}

    // Until all is known.
    bool settle() {
        for (int i = 0; i < 5; ++i) {
            pass(std::chrono::seconds(3));
        }
        return ok_;
    }

    void row(const char* what, std::chrono::seconds after, int runs) {
        std::vector<double> ours;
        std::vector<double> others;
        std::vector<double> ratios;
        Counts spent;
        for (int i = 0; i < runs; ++i) {
            counts_ = {};
            ours.push_back(pass(after));
            if (i == 0 || counts_.statements < spent.statements) {
                spent = counts_;  // now and then one is due for more
            }
            others.push_back(by_hand());
            ratios.push_back(ours.back() / others.back());
        }
        fmt::print(
            "| {} ({} statements to the coordinator, {} connections), against one of "
            "pg_dist_node and SELECT 1 on each of {} workers | {:.2f} ms | {:.2f} ms | "
            "{:.3f} | |\n",
            what, spent.statements, spent.connections, cluster_.workers.addresses.size(),
            median(ours), median(others), median(ratios));
    }
    bool ok() const { return ok_; }

  private:
    double pass(std::chrono::seconds after) {
        now_ += after;
        const auto start = Clock::now();
        const auto report = reconciler_.pass(session_, cluster_.workers, now_);
        const auto end = Clock::now();
        if (!report || !report->changes.empty()) {
            fmt::print(stderr, "not the quiet cluster that was meant: {}\n",
                       report ? report->status : report.error().text());
            ok_ = false;
        }
        return std::chrono::duration<double, std::milli>(end - start).count();
    }

    double by_hand() {
        const auto start = Clock::now();
        ok_ = ok_ && session_.query("SELECT * FROM pg_dist_node");
        for (const auto& worker : cluster_.workers.addresses) {
            citus::ConnectionTarget target = cluster_.local;
            target.host = worker.host;
            target.port = worker.port;
            target.options["sslmode"] = "prefer";
            const auto session = connector_.connect(target);
            ok_ = ok_ && session && (*session)->query("SELECT 1");
        }
        return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    }

    Cluster cluster_;
    Counts counts_;
    CountingConnector connector_;
    CountingSession session_;
    citus::Reconciler reconciler_;
    citus::TimePoint now_ = Clock::now();
    bool ok_ = true;
};

int run(const std::vector<std::string>& words) {
    auto connector = libpq::load_connector();
    if (!connector) {
        return 1;
    }
    Cluster cluster;
    cluster.local.host = words.at(0);
    cluster.local.port = static_cast<std::uint16_t>(std::stoi(words.at(1)));
    cluster.local.database = words.at(2);
    cluster.local.user = "postgres";
    cluster.settings.coordinator = {words.at(4), cluster.local.port};
    cluster.settings.worker_target = cluster.local;
    for (std::size_t i = 5; i < words.size(); ++i) {
        cluster.workers.addresses.push_back({words[i], cluster.local.port});
    }
    auto session = (*connector)->connect(cluster.local);
    if (!session) {
        return 1;
    }
    Bench bench(**connector, std::move(cluster), std::move(*session));
    const int runs = std::stoi(words.at(3));
    if (bench.settle()) {
        bench.row("a pass with nothing to do and nobody to look at", std::chrono::seconds(10),
                  runs);
        bench.row("the pass of each minute that looks at every worker", std::chrono::seconds(61),
                  runs);
    }
    return bench.ok() ? 0 : 1;
}

}  // namespace
}  // namespace citus_init

int main(int count, char** arguments) {
    constexpr int kFewest = 7;
    return count < kFewest ? 1 : citus_init::run({arguments + 1, arguments + count});
}
