#include "ha/patroni/client/rest_client.h"

#include <ctime>

#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni {

http::RequestOptions RestClient::options(bool shows_certificate) const {
    http::RequestOptions options;
    options.connect_host = access_.connect_host;
    // Not where nobody asks for it: to load it is half of what a request costs us (OpenSSL 3).
    if (shows_certificate) {
        options.certificate_path = access_.certificate_path;
        options.key_path = access_.key_path;
    }
    return options;
}

Result<http::Response> RestClient::get(const std::string& path) {
    http::RequestOptions asked = options(access_.certificate_to_read);
    // It is this container's own address, and nothing secret is sent. A certificate that has just
    // expired must not pass for a Patroni that does not answer.
    asked.verify = false;
    return client_.request(http::Method::get, access_.url + path, asked);
}

std::optional<ha::MemberStatus> RestClient::status() {
    const auto response = get("/patroni");
    auto status = response ? parse_member_status(response->body) : std::nullopt;
    if (status) {
        status->asked_at = std::time(nullptr);
    }
    return status;
}

Result<http::Response> RestClient::get_of(const std::string& host, const std::string& path) {
    return get_at(rest_url_of(access_, host), path);
}

Result<http::Response> RestClient::get_at(const std::string& rest_url, const std::string& path) {
    http::RequestOptions asked = options(access_.certificate_to_read);
    asked.connect_host.clear();
    asked.verify = !access_.ca_path.empty();
    asked.ca_path = access_.ca_path;
    const std::string server = rest_url.substr(0, rest_url.find('/', rest_url.find("://") + 3));
    return client_.request(http::Method::get, server + path, asked);
}

Result<http::Response> RestClient::patch(const std::string& path, const std::string& body) {
    return change(http::Method::patch, path, body);
}

Result<http::Response> RestClient::change(http::Method method, const std::string& path,
                                          const std::string& body) {
    http::RequestOptions asked = options(true);
    // As Patroni itself does it: without an authority nobody is verified.
    asked.verify = !access_.ca_path.empty();
    asked.ca_path = access_.ca_path;
    asked.user = access_.user;
    asked.password = access_.password;
    asked.body = body;
    return client_.request(method, access_.url + path, asked);
}

}  // namespace citus_init::patroni
