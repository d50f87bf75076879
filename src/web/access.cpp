#include "web/access.h"

#include <string>
#include <string_view>

#include "citus_init/base/base64.h"
#include "citus_init/base/text.h"

namespace citus_init::web {

namespace {

bool same(std::string_view given, std::string_view wanted) {
    unsigned difference = given.size() == wanted.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        difference |= static_cast<unsigned char>(given[i]) ^
                      static_cast<unsigned char>(wanted[i % wanted.size()]);
    }
    return difference == 0;
}

// The credentials behind the name of their scheme, whose case does not count (RFC 9110, 11.1).
std::string_view after_scheme(std::string_view authorization, std::string_view scheme) {
    const bool matches = authorization.size() > scheme.size() &&
                         to_lower(authorization.substr(0, scheme.size())) == scheme;
    return matches ? trim(authorization.substr(scheme.size())) : std::string_view();
}

std::string given_token(std::string_view authorization) {
    if (const auto bearer = after_scheme(authorization, "bearer "); !bearer.empty()) {
        return std::string(bearer);
    }
    const auto basic = base64_decode(after_scheme(authorization, "basic "));
    const auto colon = basic ? basic->find(':') : std::string::npos;
    return colon == std::string::npos ? "" : basic->substr(colon + 1);
}

bool is_local_name(std::string_view host) {
    const bool has_brackets = host.starts_with('[');
    const auto end = has_brackets ? host.find(']') : host.find(':');
    const auto name = to_lower(has_brackets ? host.substr(1, end - 1) : host.substr(0, end));
    const bool is_ipv4 = name.find_first_not_of("0123456789.") == std::string::npos;
    return name == "localhost" || (is_ipv4 && name.starts_with("127.")) || name == "::1" ||
           name.empty();
}

}  // namespace

Access access_of(const http::ServerRequest& request, const Secret& token) {
    if (token.empty()) {
        const bool is_from_here =
            request.is_local && !request.is_forwarded && is_local_name(request.host);
        return is_from_here ? Access::granted : Access::refused;
    }
    return same(given_token(request.authorization), token.reveal()) ? Access::granted
                                                                    : Access::token_wanted;
}

http::ServerResponse refusal_of(Access access) {
    if (access == Access::token_wanted) {
        auto response = http::plain_response(
            401,
            "the value of CITUS_HTTP_TOKEN is wanted: \"Authorization: Bearer TOKEN\", or as the "
            "password of any user");
        response.headers = {{"WWW-Authenticate", R"(Basic realm="citus-init", charset="UTF-8")"}};
        return response;
    }
    return http::plain_response(
        403,
        "without CITUS_HTTP_TOKEN only the probes are served to other machines; set it on this "
        "node, and send \"Authorization: Bearer TOKEN\"");
}

}  // namespace citus_init::web
