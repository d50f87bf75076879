#pragma once

#include "citus_init/base/secret.h"
#include "citus_init/http/server/server.h"

namespace citus_init::web {

enum class Access {
    granted,
    token_wanted,  // 401
    refused,       // 403: there is no token, and the request comes from elsewhere
};

// Whether a request may see more than the probes: with a token (CITUS_HTTP_TOKEN) by bringing it,
// as a bearer or as the password of any user; without one from this machine's loopback only, not
// through a proxy, and by a local name, so that no web page in a browser here gets at it under a
// name of its own (DNS rebinding). Compares the token in constant time. Pure.
Access access_of(const http::ServerRequest& request, const Secret& token);

// The answer to what is not granted.
http::ServerResponse refusal_of(Access access);

}  // namespace citus_init::web
