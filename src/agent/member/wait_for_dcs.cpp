#include "citus_init/agent/member/wait_for_dcs.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/http/client.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"

#include "agent/member/interrupted_bootstrap.h"
#include "agent/member/restore_turn.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kShortestPause{500};
constexpr milliseconds kLongestPause{5'000};
constexpr seconds kFirstLog{2};
constexpr seconds kBetweenLogs{15};

int failed(const Error& error) {
    log::error("wait-for-dcs, exit {} ({}): {}", static_cast<int>(error.code),
               exit_code_name(error.code), one_line(error.message));
    return static_cast<int>(error.code);
}

// The longer, the longer it has waited: with a wrong password each probe is a bcrypt hash of
// etcd's.
Clock::duration pause_after(Clock::duration waited) {
    return std::clamp<Clock::duration>(waited / 8, kShortestPause, kLongestPause);
}

class Wait {
  public:
    Wait(patroni::EtcdClient& etcd, const settings::PatroniSettings& patroni, Reporter& reporter)
        : etcd_(etcd), patroni_(patroni), reporter_(reporter) {}

    Status run() {
        const auto start = Clock::now();
        auto next_log = start + kFirstLog;
        for (;;) {
            const auto trouble = etcd_.trouble();
            // It is what health shows behind the state.
            status::Membership membership;
            if (trouble) {
                membership.condition = {status::ConditionKind::dcs_silent, "", "", trouble->what};
            }
            reporter_.report(membership);
            if (!trouble) {
                return {};
            }
            const auto now = Clock::now();
            const auto waited = std::chrono::round<seconds>(now - start);
            if (now - start >= patroni_.dcs_wait_timeout) {
                return fail(ExitCode::unavailable,
                            fmt::format("no etcd after {} s: {}. {}; CITUS_DCS_WAIT_TIMEOUT says "
                                        "how long to wait for it",
                                        waited.count(), trouble->what, trouble->fix));
            }
            if (now >= next_log) {
                log::info("waiting for etcd, {} s so far: {}. {}", waited.count(), trouble->what,
                          trouble->fix);
                next_log = now + kBetweenLogs;
            }
            std::this_thread::sleep_for(pause_after(now - start));
        }
    }

  private:
    patroni::EtcdClient& etcd_;
    const settings::PatroniSettings& patroni_;
    Reporter& reporter_;
};

Status wait_and_settle(const settings::Settings& settings) {
    if (patroni::etcd_urls(settings.patroni->etcd3).empty()) {
        CITUS_INIT_TRY(refuse_restore_without_etcd(settings));
        return settle_interrupted_bootstrap(settings, nullptr);
    }
    auto client = http::Client::create();
    if (!client) {
        return fail(client.error());
    }
    patroni::EtcdClient etcd(std::move(*client), settings.patroni->etcd3);
    Reporter reporter = make_reporter();
    const auto await_etcd = [&] { return Wait(etcd, *settings.patroni, reporter).run(); };
    CITUS_INIT_TRY(await_etcd());
    CITUS_INIT_TRY(settle_interrupted_bootstrap(settings, &etcd));
    return await_restore_turn(settings, etcd, reporter, await_etcd);
}

}  // namespace

int run_wait_for_dcs(const std::vector<std::string>& /*arguments*/) {
    const auto loaded = node::load_inherited_settings();
    if (!loaded) {
        return failed(loaded.error());
    }
    const settings::Settings& settings = loaded->settings;
    log::configure(node::log_options(settings));
    if (!settings.patroni) {
        return 0;
    }
    const Status settled = wait_and_settle(settings);
    return settled ? 0 : failed(settled.error());
}

}  // namespace citus_init::agent
