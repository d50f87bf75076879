#include "web/routes.h"

#include <string_view>

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

bool is_page(std::string_view path) {
    return path == "/metrics" || path == "/overview" || path == "/events" || page_file(path);
}

http::ServerResponse answer_page(const http::ServerRequest& request, const Sources& sources) {
    if (request.path == "/metrics") {
        return sources.metrics(request.accept);
    }
    if (request.path == "/overview") {
        return sources.overview();
    }
    return request.path == "/events" ? sources.events() : *page_file(request.path);
}

}  // namespace

http::ServerResponse respond(const http::ServerRequest& request, const Sources& sources,
                             const Secret& token) {
    if (const auto probe = find_probe(request.path)) {
        return respond_to_probe(*probe, request, sources, token);
    }
    if (!is_page(request.path)) {
        return http::plain_response(
            404,
            "there is no such page: / is the node's, /metrics is for Prometheus, probes are at "
            "/livez, /startupz and /readyz");
    }
    const Access access = access_of(request, token);
    return access == Access::granted ? answer_page(request, sources) : refusal_of(access);
}

}  // namespace citus_init::web
