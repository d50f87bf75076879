#include "web/routes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "web/access.h"
#include "web/page.h"
#include "web/probe.h"

namespace citus_init::web {

namespace {

http::ServerResponse respond_to_probe(Probe probe, const http::ServerRequest& request,
                                      const Sources& sources, const Secret& token) {
    const auto question = parse_question(probe, request.query);
    if (!question) {
        return http::plain_response(
            400, "scope is node, group or cluster; lag is a number of bytes, as 16MB");
    }
    const bool in_detail = question->verbose && access_of(request, token) == Access::granted;
    return answer_probe(*question, sources.status(), sources.hung(), in_detail);
}

using Answer = http::ServerResponse (*)(const http::ServerRequest& request, const Sources& sources);

struct Route {
    std::string_view path;
    Answer answer;
};

constexpr std::array<Route, 3> kRoutes{{
    {"/metrics",
     [](const auto& request, const auto& sources) { return sources.metrics(request.accept); }},
    {"/overview", [](const auto& /*request*/, const auto& sources) { return sources.overview(); }},
    {"/events", [](const auto& /*request*/, const auto& sources) { return sources.events(); }},
}};

}  // namespace

http::ServerResponse respond(const http::ServerRequest& request, const Sources& sources,
                             const Secret& token) {
    if (const auto probe = find_probe(request.path)) {
        return respond_to_probe(*probe, request, sources, token);
    }
    const auto* const route = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& each) {
        return each.path == request.path;
    });
    auto file = page_file(request.path);
    if (route == kRoutes.end() && !file) {
        return http::plain_response(
            404,
            "there is no such page: / is the node's, /metrics is for Prometheus, probes are at "
            "/livez, /startupz and /readyz");
    }
    if (const Access access = access_of(request, token); access != Access::granted) {
        return refusal_of(access);
    }
    return file ? *std::move(file) : route->answer(request, sources);
}

}  // namespace citus_init::web
