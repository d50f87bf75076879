#include "app/high_availability/etcd_look.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::app {

namespace {

using nlohmann::json;

constexpr int kBadRequest = 400;
constexpr int kServiceUnavailable = 503;

constexpr const char* kFindEtcd = "Start etcd, or correct PATRONI_ETCD3_HOSTS";
constexpr const char* kCorrectCertificates =
    "Correct PATRONI_ETCD3_CACERT (the authority of etcd's certificate), PATRONI_ETCD3_CERT and "
    "PATRONI_ETCD3_KEY (this member's, from the authority that etcd trusts)";
constexpr const char* kCorrectPassword =
    "Correct PATRONI_ETCD3_USERNAME and PATRONI_ETCD3_PASSWORD, or the user in etcd";

// The texts of rpctypes/error.go in etcd that speak of who asks, see also Patroni's etcd3.py.
constexpr std::array<std::string_view, 2> kRefusals{
    "etcdserver: authentication failed, invalid user ID or password",
    "etcdserver: user name is empty"};

// Whether it wants certificates an etcd says by hanging up only.
std::string fix_of(const std::string& url, ExitCode code) {
    if (code == ExitCode::permission || code == ExitCode::config) {
        return kCorrectCertificates;
    }
    return fmt::format("{}. If it wants {}", kFindEtcd,
                       url.starts_with("https:") ? "a certificate: PATRONI_ETCD3_CERT and _KEY"
                                                 : "TLS: PATRONI_ETCD3_CACERT");
}

}  // namespace

std::vector<std::string> etcd_urls(const settings::Etcd3Settings& etcd) {
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

std::optional<std::string> etcd_refusal(const http::Response& response) {
    const std::string text = text_at(json::parse(response.body, nullptr, false), "error");
    const bool refused = std::find(kRefusals.begin(), kRefusals.end(), text) != kRefusals.end();
    return refused ? std::optional(text) : std::nullopt;
}

EtcdLook::EtcdLook(http::Client client, const settings::Etcd3Settings& etcd)
    : client_(std::move(client)), etcd_(etcd), urls_(etcd_urls(etcd)) {}

std::optional<EtcdTrouble> EtcdLook::trouble() {
    std::vector<std::string> texts;
    std::string fix;
    for (const std::string& url : urls_) {
        const auto found = trouble_of(url);
        if (!found) {
            return std::nullopt;
        }
        texts.push_back(found->what);
        // One that answers says more than those that do not.
        if (fix.empty() || fix.starts_with(kFindEtcd)) {
            fix = found->fix;
        }
    }
    return EtcdTrouble{join(texts, "; "), fix};
}

http::RequestOptions EtcdLook::options() const {
    http::RequestOptions options;
    options.ca_path = etcd_.ca_path;
    options.certificate_path = etcd_.cert_path;
    // Patroni as well takes one file for both.
    options.key_path = etcd_.key_path.empty() ? etcd_.cert_path : etcd_.key_path;
    return options;
}

std::optional<EtcdTrouble> EtcdLook::trouble_of(const std::string& url) {
    const auto health = client_.request(http::Method::get, url + "/health", options());
    if (!health) {
        return EtcdTrouble{health.error().message, fix_of(url, health.error().code)};
    }
    const std::string shown = http::without_user(url);
    if (health->status == kServiceUnavailable) {
        return EtcdTrouble{shown + " answers, but has no leader", "Start the other etcd servers"};
    }
    if (health->status == kBadRequest) {  // "Client sent an HTTP request to an HTTPS server."
        return EtcdTrouble{shown + " answers: " + one_line(health->body),
                           "Set PATRONI_ETCD3_PROTOCOL to https"};
    }
    return credentials_trouble(url);
}

std::optional<EtcdTrouble> EtcdLook::credentials_trouble(const std::string& url) {
    const auto& [user, password] = etcd_.credentials;
    const std::string shown = http::without_user(url);
    if (shown != url) {  // Patroni takes the user from the URL alone where there is one
        return std::nullopt;
    }
    http::RequestOptions asked = options();
    const bool with_user = !user.empty() && etcd_.url.empty();
    if (with_user) {
        const json body{{"name", user}, {"password", password.reveal()}};
        asked.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    } else {
        asked.body = R"({"key":"Lw==","limit":"1","serializable":true})";  // "/"
    }
    const auto answer = client_.request(
        http::Method::post, url + (with_user ? "/v3/auth/authenticate" : "/v3/kv/range"), asked);
    const auto refusal = answer ? etcd_refusal(*answer) : std::nullopt;
    if (!refusal) {
        return std::nullopt;
    }
    return EtcdTrouble{
        with_user ? fmt::format("{} does not let the user \"{}\" in: {}", shown, user, *refusal)
                  : fmt::format("{} wants a user and his password: {}", shown, *refusal),
        kCorrectPassword};
}

}  // namespace citus_init::app
