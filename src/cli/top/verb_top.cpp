#include "cli/top/verb_top.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "citus_init/monitor/collector.h"
#include "citus_init/overview/overview.h"
#include "citus_init/overview/sources.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/running_node.h"
#include "cli/top/terminal.h"
#include "cli/top/top_screen.h"
#include "cli/verbs/health_verb.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kInterval{2'000};

// The node, as soon as it has a server to ask.
class Observer {
  public:
    Observer(const settings::Environment& environment, std::string run_directory)
        : environment_(environment), run_directory_(std::move(run_directory)) {}

    // Error: what waiting would not mend.
    [[nodiscard]] Status follow() {
        if (node_) {
            return {};
        }
        auto found = find_running_node(environment_, Citus::optional);
        if (!found) {
            return found.error().code == ExitCode::unavailable ? Status() : fail(found.error());
        }
        node_ = std::make_unique<agent::AgentContext>(*std::move(found));
        auto sources = overview::collector_sources(*node_);
        sources.interval = kInterval;
        collector_.start(sources);
        return {};
    }

    overview::Overview overview() const {
        return overview::overview_of(read_health(run_directory_), *collector_.snapshot(),
                                     std::chrono::system_clock::now());
    }

    // Of all that there is to ask.
    bool has_answers() const {
        const auto snapshot = collector_.snapshot();
        if (!node_ || snapshot->passes == 0) {
            return !node_;
        }
        return !snapshot->cluster ||
               std::all_of(snapshot->cluster->answers.begin(), snapshot->cluster->answers.end(),
                           [](const auto& answer) { return answer.session.took.has_value(); });
    }

  private:
    const settings::Environment& environment_;
    std::string run_directory_;
    std::unique_ptr<agent::AgentContext> node_;  // outlives the collector
    monitor::Collector collector_;
};

int print_once(const Observer& observer) {
    constexpr milliseconds kBetween{50};
    constexpr std::chrono::seconds kLongest{10};
    constexpr ScreenSize kNoLimit{1000, 1000};
    const auto end = steady_clock::now() + kLongest;
    while (!observer.has_answers() && steady_clock::now() < end) {
        std::this_thread::sleep_for(kBetween);
    }
    const std::string text = top_screen(observer.overview(), kNoLimit, false);
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    return 0;
}

Status show_until_quit(Observer& observer) {
    constexpr milliseconds kBetweenFrames{500};
    const char* no_color = std::getenv("NO_COLOR");
    const bool colors = no_color == nullptr || *no_color == '\0';
    Terminal terminal;
    for (;;) {
        terminal.show(top_screen(observer.overview(), Terminal::size(), colors));
        if (terminal.wait(steady_clock::now() + kBetweenFrames) == Terminal::Event::end) {
            return {};
        }
        CITUS_INIT_TRY(observer.follow());
    }
}

}  // namespace

int run_top(const settings::Environment& environment, const std::string& run_directory) {
    process::block_signals();
    Observer observer(environment, run_directory);
    if (const Status found = observer.follow(); !found) {
        return end_verb(found.error());
    }
    if (!Terminal::is_there()) {
        return print_once(observer);
    }
    const Status ended = show_until_quit(observer);
    return ended ? 0 : end_verb(ended.error());
}

}  // namespace citus_init::cli
