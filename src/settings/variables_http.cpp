#include "settings/declaration.h"

namespace citus_init::settings {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kShortestToken = 16;

// What stands in a header as it is (RFC 6750, b64token), and in a URL's user part.
Parsed<Secret> parse_token(std::string_view text) {
    const std::string_view token = trim(text);
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=";
    if (token.size() < kShortestToken ||
        token.find_first_not_of(kAllowed) != std::string_view::npos) {
        return complain("is not a token: 16 or more letters, digits and -._~+/=",
                        "Make one with `openssl rand -hex 32`");
    }
    return Secret(std::string(token));
}

}  // namespace

std::vector<Declaration> http_declarations() {
    return {
        {{.name = "CITUS_HTTP_LISTEN",
          .group = Group::http,
          .default_text = "none: no listener",
          .yaml_key = "http.listen",
          .meaning = "Where probes, metrics and the page are served, `[HOST]:PORT`; `:8009` is "
                     "every address. See monitoring.md",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.http.listen, parse_http_listen(value.text));
         }},
        {{.name = "CITUS_HTTP_TLS",
          .group = Group::http,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "http.tls",
          .meaning = "Serve it by TLS, with the certificate that the nodes know each other by",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.http.tls, parse_boolean(value.text));
         }},
        {{.name = "CITUS_HTTP_TOKEN",
          .group = Group::http,
          .default_text = "none: from the node itself only",
          .yaml_key = "http.token",
          .meaning = "What everything but the probes asks for: `Authorization: Bearer TOKEN`, or "
                     "the password of any user. At least 16 characters",
          .since = "0.3",
          .secret = true},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.http.token, parse_token(value.text));
         }},
        {{.name = "CITUS_METRICS_INTERVAL",
          .group = Group::http,
          .type = ValueType::duration,
          .default_text = "`10s`",
          .yaml_key = "http.metrics_interval",
          .meaning = "How often the numbers of the server and the cluster are collected",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.http.metrics_interval,
                        parse_duration(value.text, seconds(1), hours(1)));
         }},
        {{.name = "CITUS_METRICS_TABLES",
          .group = Group::http,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "http.metrics_tables",
          .meaning = "Metrics of each distributed table, too: as many series as there are tables",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.http.metrics_tables, parse_boolean(value.text));
         }},
    };
}

}  // namespace citus_init::settings
