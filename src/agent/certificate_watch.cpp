#include "agent/certificate_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/node/mesh.h"

namespace citus_init::agent {

using std::chrono::seconds;

namespace {

constexpr seconds kLongestCheckPause{3600};
constexpr seconds kRetry{10};
constexpr seconds kClockWasSet{60};
constexpr std::int64_t kWarnBefore = 7L * 24 * 3600;

seconds pause_of(const settings::CitusSettings& citus) {
    if (!citus.tls_ca_path.empty()) {
        return seconds(60);  // the user's own files may change at any time
    }
    return std::clamp(citus.certificate_lifetime / 10, seconds(1), kLongestCheckPause);
}

}  // namespace

CertificateWatch::CertificateWatch(const settings::Settings& settings, citus::Connector& connector,
                                   citus::ConnectionTarget local, Reporter& reporter)
    : settings_(settings), connector_(connector), local_(std::move(local)), reporter_(reporter) {
    if (settings_.citus.has_mesh()) {
        due_ = Clock::time_point{};
    }
}

bool CertificateWatch::is_due(Clock::time_point now) const {
    if (!due_) {
        return false;
    }
    const seconds by_time_of_day{security::now_in_seconds() - time_of_day_};
    return *due_ <= now || std::chrono::abs(by_time_of_day - (now - probed_)) > kClockWasSet;
}

void CertificateWatch::probe_soon() {
    if (due_) {
        due_ = Clock::time_point{};
    }
}

void CertificateWatch::probe(Clock::time_point now) {
    const auto& citus = settings_.citus;
    due_ = now + pause_of(citus);
    probed_ = now;
    time_of_day_ = security::now_in_seconds();
    auto request = node::mesh_request(citus, node::certificate_names(settings_));
    request.server_is_running = true;
    const auto ensured = security::ensure_mesh_certificate(node::mesh_files(settings_), request,
                                                           security::now_in_seconds());
    if (!ensured) {
        reporter_.warning("the node's certificate cannot be renewed: " + ensured.error().message);
        return;
    }
    if (ensured->changed) {
        log::info("renewed the node's certificate, because {}", ensured->why);
        reload_needed_ = true;
    }
    report_of_the_end(ensured->ends, ensured->changed);
    if (reload_needed_) {
        reload_server();
    }
}

void CertificateWatch::report_of_the_end(std::int64_t ends, bool is_new) {
    const bool is_another = std::exchange(reported_end_, ends) != ends;
    if (is_another) {
        log::info("the node's certificate lasts {}", node::until(ends));
    }
    if (is_another || is_new) {
        reporter_.report(status::CertificateReport{ends, is_new});
    }
    // One of a secret has been renewed long before.
    if (!settings_.citus.tls_ca_path.empty() && ends - security::now_in_seconds() < kWarnBefore) {
        reporter_.warning(
            fmt::format("CITUS_TLS_CERT_PATH: \"{}\" lasts only {}: replace it, it is read again "
                        "every minute",
                        settings_.citus.tls_cert_path, node::until(ends)));
    }
}

void CertificateWatch::reload_server() {
    auto session = connector_.connect(local_);
    if (session && (*session)->query("SELECT pg_catalog.pg_reload_conf()")) {
        reload_needed_ = false;
        reloaded_ = true;
    } else {
        due_ = Clock::now() + kRetry;
    }
}

}  // namespace citus_init::agent
