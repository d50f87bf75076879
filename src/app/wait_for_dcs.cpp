#include "app/wait_for_dcs.h"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/http/client.h"
#include "citus_init/settings/load.h"

#include "app/agent/inherited_settings.h"
#include "app/problems.h"

namespace citus_init::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPause{500};
constexpr seconds kFirstWord{2};
constexpr seconds kBetweenWords{15};

int failed(const Error& error) {
    log::error("wait-for-dcs, exit {} ({}): {}", static_cast<int>(error.code),
               exit_code_word(error.code), one_line(error.message));
    return static_cast<int>(error.code);
}

Result<settings::Settings> read_settings() {
    const auto environment = inherited_settings();
    if (!environment) {
        return fail(environment.error());
    }
    auto loaded = settings::load_settings(*environment, RealFilesystem());
    if (!loaded) {
        return fail(as_error(loaded.error()));
    }
    return std::move(loaded->settings);
}

std::vector<std::string> urls_of(const settings::Etcd3Settings& etcd) {
    if (!etcd.url.empty()) {
        return {etcd.url.back() == '/' ? etcd.url.substr(0, etcd.url.size() - 1) : etcd.url};
    }
    const bool tls = !etcd.ca_path.empty() || !etcd.cert_path.empty();
    const std::string standard = tls ? "https" : "http";
    const std::string& protocol = etcd.protocol.empty() ? standard : etcd.protocol;
    std::vector<std::string> urls;
    for (const auto& [host, port] : etcd.hosts) {
        const bool is_ipv6 = host.find(':') != std::string::npos;
        urls.push_back(fmt::format(fmt::runtime(is_ipv6 ? "{}://[{}]:{}" : "{}://{}:{}"), protocol,
                                   host, port));
    }
    return urls;
}

// "" when it can be worked with, else why not.
std::string look_at(http::Client& client, const settings::Etcd3Settings& etcd,
                    const std::string& url) {
    constexpr int kServiceUnavailable = 503;
    http::RequestOptions options;
    options.ca_path = etcd.ca_path;
    options.certificate_path = etcd.cert_path;
    // Patroni as well takes one file for both.
    options.key_path = etcd.key_path.empty() ? etcd.cert_path : etcd.key_path;
    const auto response = client.request(http::Method::get, url + "/health", options);
    if (!response) {
        return response.error().message;
    }
    // Whatever else it says is for Patroni to judge.
    return response->status == kServiceUnavailable ? url + " answers, but has no leader"
                                                   : std::string();
}

class Wait {
  public:
    Wait(http::Client client, const settings::PatroniSettings& patroni)
        : client_(std::move(client)), patroni_(patroni), urls_(urls_of(patroni.etcd3)) {}

    Status run() {
        const auto start = Clock::now();
        auto next_word = start + kFirstWord;
        for (;;) {
            const std::string trouble = look_at_all();
            if (trouble.empty()) {
                return {};
            }
            const auto now = Clock::now();
            const auto waited = std::chrono::round<seconds>(now - start);
            if (now - start >= patroni_.dcs_wait_timeout) {
                return fail(ExitCode::unavailable,
                            fmt::format("no etcd after {} s: {}. Start etcd, or correct "
                                        "PATRONI_ETCD3_HOSTS; CITUS_DCS_WAIT_TIMEOUT says how long "
                                        "to wait for it",
                                        waited.count(), trouble));
            }
            if (now >= next_word) {
                log::info("waiting for etcd, {} s so far: {}", waited.count(), trouble);
                next_word = now + kBetweenWords;
            }
            std::this_thread::sleep_for(kPause);
        }
    }

  private:
    std::string look_at_all() {
        std::vector<std::string> troubles;
        for (const std::string& url : urls_) {
            troubles.push_back(look_at(client_, patroni_.etcd3, url));
            if (troubles.back().empty()) {
                return {};
            }
        }
        return join(troubles, "; ");
    }

    http::Client client_;
    const settings::PatroniSettings& patroni_;
    std::vector<std::string> urls_;
};

}  // namespace

int run_wait_for_dcs(const std::vector<std::string>& /*arguments*/) {
    const auto settings = read_settings();
    if (!settings) {
        return failed(settings.error());
    }
    log::configure({settings->supervisor.log_level, settings->supervisor.log_format,
                    settings->citus.node_host});
    if (!settings->patroni || urls_of(settings->patroni->etcd3).empty()) {
        return 0;
    }
    auto client = http::Client::create();
    if (!client) {
        return failed(client.error());
    }
    const Status waited = Wait(std::move(*client), *settings->patroni).run();
    return waited ? 0 : failed(waited.error());
}

}  // namespace citus_init::app
