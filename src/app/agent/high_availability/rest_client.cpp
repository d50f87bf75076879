#include "app/agent/high_availability/rest_client.h"

#include <ctime>

namespace citus_init::app {

namespace {

void show_certificate(http::RequestOptions& options, const patroni::RestAccess& access) {
    options.certificate_path = access.certificate_path;
    options.key_path = access.key_path;
}

}  // namespace

http::RequestOptions RestClient::options_to_read() const {
    http::RequestOptions options;
    options.connect_host = access_.connect_host;
    // Not where nobody asks for it: to load it is half of what a request costs us (OpenSSL 3).
    if (access_.certificate_to_read) {
        show_certificate(options, access_);
    }
    return options;
}

Result<http::Response> RestClient::get(const std::string& path) {
    http::RequestOptions options = options_to_read();
    // It is this container's own address, and nothing secret is sent. A certificate that has just
    // expired must not pass for a Patroni that does not answer.
    options.verify = false;
    return client_.request(http::Method::get, access_.url + path, options);
}

std::optional<patroni::MemberStatus> RestClient::status() {
    const auto response = get("/patroni");
    auto status = response ? patroni::parse_member_status(response->body) : std::nullopt;
    if (status) {
        status->asked_at = std::time(nullptr);
    }
    return status;
}

Result<http::Response> RestClient::get_of(const std::string& host, const std::string& path) {
    http::RequestOptions options = options_to_read();
    options.connect_host.clear();
    options.verify = !access_.ca_path.empty();
    options.ca_path = access_.ca_path;
    return client_.request(http::Method::get, patroni::rest_url_of(access_, host) + path, options);
}

Result<http::Response> RestClient::patch(const std::string& path, const std::string& body) {
    return change(http::Method::patch, path, body);
}

Result<http::Response> RestClient::post(const std::string& path, const std::string& body) {
    return change(http::Method::post, path, body);
}

Result<http::Response> RestClient::change(http::Method method, const std::string& path,
                                          const std::string& body) {
    http::RequestOptions options;
    options.connect_host = access_.connect_host;
    show_certificate(options, access_);
    // As Patroni itself does it: without an authority nobody is verified.
    options.verify = !access_.ca_path.empty();
    options.ca_path = access_.ca_path;
    options.user = access_.user;
    options.password = access_.password;
    options.body = body;
    return client_.request(method, access_.url + path, options);
}

}  // namespace citus_init::app
