#include "web/routes.h"

#include <optional>
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

// None: there is no such page.
std::optional<http::ServerResponse> answer_page(const http::ServerRequest& request,
                                                const Sources& sources) {
    if (request.path == "/metrics") {
        return sources.metrics(request.accept);
    }
    if (request.path == "/overview") {
        return sources.overview();
    }
    if (request.path == "/events") {
        return sources.events();
    }
    return page_file(request.path);
}

}  // namespace

http::ServerResponse respond(const http::ServerRequest& request, const Sources& sources,
                             const Secret& token) {
    if (const auto probe = find_probe(request.path)) {
        return respond_to_probe(*probe, request, sources, token);
    }
    if (const Access access = access_of(request, token); access != Access::granted) {
        return refusal_of(access);
    }
    if (auto page = answer_page(request, sources)) {
        return *std::move(page);
    }
    return http::plain_response(
        404,
        "there is no such page: / is the node's, /metrics is for Prometheus, probes are at /livez, "
        "/startupz and /readyz");
}

}  // namespace citus_init::web
