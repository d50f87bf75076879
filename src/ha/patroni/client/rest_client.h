#pragma once

#include <optional>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/ha/member_status.h"
#include "citus_init/ha/patroni/rest_access.h"
#include "citus_init/http/client.h"

namespace citus_init::patroni {

// Requests to Patroni's REST API, of this container's own and of other members'. For one thread.
class RestClient {
  public:
    RestClient(http::Client client, RestAccess access)
        : client_(std::move(client)), access_(std::move(access)) {}

    // Blocks for 2 s at most. Errors as http::Client's.
    [[nodiscard]] Result<http::Response> get(const std::string& path);
    // GET /patroni. None where it does not answer that.
    std::optional<ha::MemberStatus> status();
    // As get(), of another member, at the port that Patroni listens on here.
    [[nodiscard]] Result<http::Response> get_of(const std::string& host, const std::string& path);
    // As get(), at the address that a member reports:
    // "https://w11.example.com:8008/patroni".
    [[nodiscard]] Result<http::Response> get_at(const std::string& rest_url,
                                                const std::string& path);
    // With the user and, where there is one, the authority's certificates verified.
    [[nodiscard]] Result<http::Response> patch(const std::string& path, const std::string& body);

  private:
    http::RequestOptions options(bool shows_certificate) const;
    [[nodiscard]] Result<http::Response> change(http::Method method, const std::string& path,
                                                const std::string& body);

    http::Client client_;
    RestAccess access_;
};

}  // namespace citus_init::patroni
