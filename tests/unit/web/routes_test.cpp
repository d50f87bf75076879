#include "web/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/base64.h"

#include "web/access.h"

namespace citus_init::web {
namespace {

using testing::HasSubstr;
using testing::Not;

const Secret kToken("0123456789abcdef");

http::ServerRequest from_here(const std::string& path) {
    http::ServerRequest request;
    request.method = "GET";
    request.path = path;
    request.host = "localhost:8009";
    request.is_local = true;
    return request;
}

http::ServerRequest from_elsewhere(const std::string& path, const std::string& authorization = "") {
    http::ServerRequest request = from_here(path);
    request.host = "coordinator:8009";
    request.is_local = false;
    request.authorization = authorization;
    return request;
}

Sources sources() {
    return {[] {
                status::NodeStatus status;
                status.phase = status::Phase::ready;
                status.data_directory = "/data";
                return status;
            },
            [] { return std::string(); },
            [](const std::string& accept) {
                http::ServerResponse response;
                response.body = "metrics for " + accept;
                return response;
            },
            [] {
                http::ServerResponse response;
                response.body = "{}";
                return response;
            },
            [] {
                http::ServerResponse response;
                response.is_stream = true;
                return response;
            }};
}

TEST(Access, IsForThisMachineByALocalNameWhereThereIsNoToken) {
    for (const char* host : {"localhost", "localhost:8009", "127.0.0.1:8009", "[::1]:8009", ""}) {
        auto request = from_here("/metrics");
        request.host = host;
        EXPECT_EQ(access_of(request, Secret()), Access::granted) << host;
    }
    for (const char* host : {"evil.example", "localhost.evil.example", "127-0-0-1.evil.example",
                             "127.evil.example", "127.0.0.1.evil.example:8009", "128.0.0.1"}) {
        auto request = from_here("/metrics");
        request.host = host;
        EXPECT_EQ(access_of(request, Secret()), Access::refused) << host;
    }
    EXPECT_EQ(access_of(from_elsewhere("/metrics"), Secret()), Access::refused);
    auto forwarded = from_here("/metrics");
    forwarded.is_forwarded = true;
    EXPECT_EQ(access_of(forwarded, Secret()), Access::refused) << "a proxy beside the node";
}

TEST(Access, IsByTheTokenWhereThereIsOne) {
    const std::string token = kToken.reveal();
    for (const auto& given :
         {"Bearer " + token, "bearer  " + token, "Basic " + base64_encode("any:" + token),
          "BASIC " + base64_encode(":" + token)}) {
        EXPECT_EQ(access_of(from_elsewhere("/metrics", given), kToken), Access::granted) << given;
    }
    for (const std::string& given : std::vector<std::string>{
             "", token, "Bearer", "Bearer ", "Bearer " + token + "x", "Bearer " + token.substr(1),
             "Basic " + base64_encode(token), "Basic " + token, "Basic ", "Digest " + token}) {
        EXPECT_EQ(access_of(from_elsewhere("/metrics", given), kToken), Access::token_wanted)
            << given;
    }
    // A proxy beside the node would open it to everybody else.
    EXPECT_EQ(access_of(from_here("/metrics"), kToken), Access::token_wanted);
}

TEST(Routes, ServeProbesToEverybody) {
    EXPECT_EQ(respond(from_elsewhere("/readyz"), sources(), kToken).status, 200);
    EXPECT_EQ(respond(from_elsewhere("/replica"), sources(), kToken).status, 503);
    auto request = from_elsewhere("/readyz");
    request.query = "scope=world";
    EXPECT_EQ(respond(request, sources(), kToken).status, 400);
}

TEST(Routes, ShowDetailsOnlyToWhomTheyAreGranted) {
    auto request = from_elsewhere("/readyz");
    request.query = "verbose";
    EXPECT_THAT(respond(request, sources(), kToken).body, Not(HasSubstr("/data")));
    request.authorization = "Bearer " + kToken.reveal();
    EXPECT_THAT(respond(request, sources(), kToken).body, HasSubstr("/data"));
}

TEST(Routes, ServeMetricsToWhomTheyAreGranted) {
    auto request = from_here("/metrics");
    request.accept = "text/plain";
    EXPECT_EQ(respond(request, sources(), Secret()).body, "metrics for text/plain");
    const auto refused = respond(from_elsewhere("/metrics"), sources(), Secret());
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("CITUS_HTTP_TOKEN"));
    const auto wanted = respond(from_elsewhere("/metrics"), sources(), kToken);
    EXPECT_EQ(wanted.status, 401);
    EXPECT_EQ(wanted.headers.at(0).first, "WWW-Authenticate");
}

TEST(Routes, ServeThePageToWhomItIsGranted) {
    for (const char* path : {"/", "/page.css", "/page.js", "/overview", "/events"}) {
        EXPECT_EQ(respond(from_here(path), sources(), Secret()).status, 200) << path;
        EXPECT_EQ(respond(from_elsewhere(path), sources(), Secret()).status, 403) << path;
        EXPECT_EQ(respond(from_elsewhere(path), sources(), kToken).status, 401) << path;
    }
    EXPECT_TRUE(respond(from_here("/events"), sources(), Secret()).is_stream);
}

TEST(Routes, LetThePageLoadNothingFromElsewhere) {
    for (const char* path : {"/", "/page.css", "/page.js"}) {
        const auto file = respond(from_here(path), sources(), Secret());
        EXPECT_EQ(file.headers.at(0).first, "Content-Security-Policy");
        EXPECT_THAT(file.headers.at(0).second, HasSubstr("default-src 'none'"));
        EXPECT_THAT(file.body, Not(HasSubstr("http://"))) << path;
        EXPECT_THAT(file.body, Not(HasSubstr("https://"))) << path;
    }
}

TEST(Routes, KnowNoOtherPath) {
    for (const char* path : {"/etc/passwd", "/page", "/page.html", "//", "/page.js/"}) {
        EXPECT_EQ(respond(from_here(path), sources(), Secret()).status, 404) << path;
    }
}

}  // namespace
}  // namespace citus_init::web
