#include "citus_init/ha/patroni/client/etcd_client.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/base64.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::patroni {

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

// A condition of a transaction.
json is_absent(const std::string& key) {
    return {{"key", base64_encode(key)},
            {"target", "CREATE"},
            {"result", "EQUAL"},
            {"create_revision", "0"}};
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

bool may_refuse_token(const http::Response& response) {
    constexpr int kUnauthorized = 401;
    return response.status == kBadRequest || response.status == kUnauthorized;
}

std::optional<std::string> etcd_refusal(const http::Response& response) {
    const std::string text = text_at(json::parse(response.body, nullptr, false), "error");
    const bool refused = std::find(kRefusals.begin(), kRefusals.end(), text) != kRefusals.end();
    return refused ? std::optional(text) : std::nullopt;
}

std::string etcd_range_request(const std::string& prefix) {
    // Up to the next key that begins otherwise, as etcd's own clients do.
    std::string end = prefix;
    ++end.back();
    return json{{"key", base64_encode(prefix)}, {"range_end", base64_encode(end)}}.dump();
}

std::optional<std::vector<StoreEntry>> etcd_entries(const std::string& text) {
    const auto answer = json::parse(text, nullptr, false);
    if (!answer.is_object() || !answer.contains("header")) {
        return std::nullopt;
    }
    std::vector<StoreEntry> entries;
    const auto pairs = answer.find("kvs");  // not there where there are none
    for (const auto& pair : pairs == answer.end() ? json::array() : *pairs) {
        const auto key = base64_decode(text_at(pair, "key"));
        const auto value = base64_decode(text_at(pair, "value"));
        if (key && value) {
            const std::string lease = text_at(pair, "lease");
            entries.push_back(
                {*key, *value, lease == "0" ? "" : lease, text_at(pair, "mod_revision")});
        }
    }
    return entries;
}

std::string etcd_removal_request(const std::string& key, const std::string& revision,
                                 const std::string& absent) {
    const std::string encoded = base64_encode(key);
    return json{
        {"compare",
         {{{"key", encoded}, {"target", "MOD"}, {"result", "EQUAL"}, {"mod_revision", revision}},
          is_absent(absent)}},
        {"success", {{{"request_delete_range", {{"key", encoded}}}}}}}
        .dump();
}

std::string etcd_creation_request(const std::string& key, const std::string& value,
                                  const std::vector<std::string>& absent) {
    json compared = json::array({is_absent(key)});
    for (const auto& other : absent) {
        compared.push_back(is_absent(other));
    }
    return json{
        {"compare", std::move(compared)},
        {"success",
         {{{"request_put", {{"key", base64_encode(key)}, {"value", base64_encode(value)}}}}}}}
        .dump();
}

std::optional<bool> etcd_succeeded(const std::string& text) {
    const auto answer = json::parse(text, nullptr, false);
    if (!answer.is_object() || !answer.contains("header")) {
        return std::nullopt;
    }
    return flag_at(answer, "succeeded");  // left out where it is false
}

std::optional<EtcdLease> etcd_lease(const std::string& text) {
    constexpr long long kMost = 1'000'000'000;
    const auto answer = json::parse(text, nullptr, false);
    const auto granted = parse_integer(text_at(answer, "grantedTTL"), 1, kMost);
    const auto left = parse_integer(text_at(answer, "TTL"), 0, kMost);  // left out where it is 0
    if (!granted || (!left && answer.contains("TTL"))) {
        return std::nullopt;
    }
    return EtcdLease{std::chrono::seconds(*granted), std::chrono::seconds(left.value_or(0))};
}

EtcdClient::EtcdClient(http::Client client, const settings::Etcd3Settings& etcd)
    : client_(std::move(client)), etcd_(etcd), urls_(etcd_urls(etcd)) {}

std::optional<EtcdTrouble> EtcdClient::trouble() {
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

http::RequestOptions EtcdClient::options() const {
    http::RequestOptions options;
    options.ca_path = etcd_.ca_path;
    options.certificate_path = etcd_.cert_path;
    // Patroni as well takes one file for both.
    options.key_path = etcd_.key_path.empty() ? etcd_.cert_path : etcd_.key_path;
    return options;
}

std::optional<EtcdTrouble> EtcdClient::trouble_of(const std::string& url) {
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

std::optional<EtcdTrouble> EtcdClient::credentials_trouble(const std::string& url) {
    const std::string shown = http::without_user(url);
    if (shown != url) {  // Patroni takes the user from the URL alone where there is one
        return std::nullopt;
    }
    http::RequestOptions asked = options();
    asked.body = R"({"key":"Lw==","limit":"1","serializable":true})";  // "/"
    const auto answer = has_user()
                            ? authenticate(url)
                            : client_.request(http::Method::post, url + "/v3/kv/range", asked);
    const auto refusal = answer ? etcd_refusal(*answer) : std::nullopt;
    if (!refusal) {
        return std::nullopt;
    }
    return EtcdTrouble{has_user()
                           ? fmt::format("{} does not let the user \"{}\" in: {}", shown,
                                         etcd_.credentials.username, *refusal)
                           : fmt::format("{} wants a user and his password: {}", shown, *refusal),
                       kCorrectPassword};
}

Result<http::Response> EtcdClient::authenticate(const std::string& url) {
    http::RequestOptions asked = options();
    const json body{{"name", etcd_.credentials.username},
                    {"password", etcd_.credentials.password.reveal()}};
    asked.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return client_.request(http::Method::post, url + "/v3/auth/authenticate", asked);
}

Result<std::vector<StoreEntry>> EtcdClient::read(const std::string& prefix) {
    return ask("/v3/kv/range", etcd_range_request(prefix), &etcd_entries);
}

Result<EtcdLease> EtcdClient::lease(const std::string& id) {
    return ask("/v3/lease/timetolive", json{{"ID", id}}.dump(), &etcd_lease);
}

Result<bool> EtcdClient::remove(const std::string& key, const std::string& revision,
                                const std::string& absent) {
    return ask("/v3/kv/txn", etcd_removal_request(key, revision, absent), &etcd_succeeded);
}

Result<bool> EtcdClient::create(const std::string& key, const std::string& value,
                                const std::vector<std::string>& absent) {
    return ask("/v3/kv/txn", etcd_creation_request(key, value, absent), &etcd_succeeded);
}

template <typename Answer>
Result<Answer> EtcdClient::ask(const std::string& path, const std::string& body,
                               std::optional<Answer> (*parse)(const std::string&)) {
    std::vector<std::string> texts;
    for (const std::string& url : urls_) {
        const auto answer = post(url + path, body);
        if (!answer) {
            texts.push_back(answer.error().message);
            continue;
        }
        if (auto parsed = parse(answer->body)) {
            return std::move(*parsed);
        }
        texts.push_back(fmt::format("{} answers {}: {}", http::without_user(url), answer->status,
                                    etcd_refusal(*answer).value_or("not what was asked for")));
    }
    return fail(ExitCode::unavailable, "etcd: " + join(texts, "; "));
}

Result<http::Response> EtcdClient::post(const std::string& url, const std::string& body) {
    const bool is_kept_token = !token_.empty();
    if (has_user() && !is_kept_token) {
        CITUS_INIT_TRY(log_in(url.substr(0, url.find("/v3/"))));
    }
    http::RequestOptions asked = options();
    asked.authorization = token_;
    asked.body = body;
    auto answer = client_.request(http::Method::post, url, asked);
    if (is_kept_token && answer && may_refuse_token(*answer)) {
        token_ = Secret();
        return post(url, body);
    }
    return answer;
}

Status EtcdClient::log_in(const std::string& url) {
    const auto login = authenticate(url);
    if (!login) {
        return fail(login.error());
    }
    token_ = Secret(text_at(json::parse(login->body, nullptr, false), "token"));
    return {};
}

}  // namespace citus_init::patroni
