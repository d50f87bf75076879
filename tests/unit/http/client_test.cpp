#include "citus_init/http/client.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/fd.h"

#include "http/library.h"

namespace citus_init::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

// The python server of this directory, until the end of the test.
class PythonServer {
  public:
    explicit PythonServer(const std::string& arguments = "") {
        std::string name = std::filesystem::temp_directory_path() / "http_test.XXXXXX";
        directory_ = ::mkdtemp(name.data());
        const std::string reported = directory_ + "/port";
        EXPECT_EQ(::mkfifo(reported.c_str(), 0600), 0);
        // It ends when its stdin does, our end of the pipe.
        process_ = ::popen(
            fmt::format("{} {} {} >{}", PYTHON, HTTP_SERVER, arguments, reported).c_str(), "we");
        FILE* port = std::fopen(reported.c_str(), "re");
        EXPECT_EQ(std::fscanf(port, "%d", &port_), 1);
        std::fclose(port);
    }
    PythonServer(const PythonServer&) = delete;
    PythonServer& operator=(const PythonServer&) = delete;
    ~PythonServer() {
        ::pclose(process_);
        std::filesystem::remove_all(directory_);
    }

    std::string url(const std::string& path, const std::string& scheme = "http",
                    const std::string& host = "127.0.0.1") const {
        return fmt::format("{}://{}:{}{}", scheme, host, port_, path);
    }

  private:
    FILE* process_ = nullptr;
    std::string directory_;
    int port_ = 0;
};

// An authority, and a certificate of it for `name.test`, made by openssl(1).
class Certificates {
  public:
    explicit Certificates(const std::string& authority) {
        std::string name = std::filesystem::temp_directory_path() / "http_tls.XXXXXX";
        directory_ = ::mkdtemp(name.data());
        const std::string make = fmt::format(
            "cd {} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
            "-keyout ca.key -out ca.crt -subj /CN={} 2>/dev/null && "
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout node.key "
            "-out node.csr -subj /CN=node 2>/dev/null && "
            "echo subjectAltName=DNS:name.test >extensions && "
            "openssl x509 -req -in node.csr -CA ca.crt -CAkey ca.key -CAcreateserial "
            "-extfile extensions -out node.crt 2>/dev/null",
            directory_, authority);
        EXPECT_EQ(std::system(make.c_str()), 0);
    }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;
    ~Certificates() { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& file) const { return directory_ + "/" + file; }

  private:
    std::string directory_;
};

Client client() {
    auto made = Client::create();
    if (!made) {
        ADD_FAILURE() << made.error().message;
        std::abort();
    }
    return std::move(*made);
}

Result<Response> get(const std::string& url, const RequestOptions& options = {}) {
    return client().request(Method::get, url, options);
}

TEST(HttpLibrary, NamesThePackageWhereNoneIsThere) {
    const auto missing = load_library({"libcurl-that-nobody-has.so", "libcurl-neither.so"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ExitCode::os);
    EXPECT_THAT(missing.error().message, HasSubstr("package libcurl4"));
    EXPECT_THAT(missing.error().message, HasSubstr("libcurl-neither.so"));
}

TEST(HttpLibrary, TakesTheFirstThatIsThere) {
    EXPECT_TRUE(load_library({"libcurl-that-nobody-has.so", "libcurl.so.4"}));
    const auto other = load_library({"libm.so.6"});
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("curl_global_init"));
}

TEST(HttpClient, BringsStatusAndBody) {
    const PythonServer server;
    Client client = http::client();
    for (int time = 0; time < 2; ++time) {
        const auto response = client.request(Method::get, server.url("/tea"), {});
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->status, 418);
        EXPECT_EQ(response->body, "teapot");
    }
}

TEST(HttpClient, SendsABodyAsJson) {
    const PythonServer server;
    RequestOptions options;
    options.body = R"({"ttl":30})";
    for (const auto method : {Method::patch, Method::post}) {
        const auto response = client().request(method, server.url("/config"), options);
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, R"(application/json {"ttl":30})");
    }
}

TEST(HttpClient, ForgetsWhatTheRequestBeforeHad) {
    const PythonServer server;
    Client client = http::client();
    RequestOptions options;
    options.user = "patroni";
    options.password = Secret("a:b");
    EXPECT_EQ(client.request(Method::get, server.url("/who"), options)->body,
              "Basic cGF0cm9uaTphOmI=");
    EXPECT_EQ(client.request(Method::get, server.url("/who"), {})->body, "nobody");
}

TEST(HttpClient, FollowsNoRedirection) {
    const PythonServer server;
    EXPECT_EQ(get(server.url("/redirection"))->status, 302);
}

TEST(HttpClient, UsesNoProxy) {
    const PythonServer server;
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    const auto response = get(server.url("/tea"));
    ::unsetenv("http_proxy");
    EXPECT_TRUE(response) << response.error().message;
}

TEST(HttpClient, RefusesAnAnswerThatIsTooLarge) {
    const PythonServer server;
    const auto response = get(server.url("/large"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ExitCode::io);
}

TEST(HttpClient, GivesUpInTime) {
    const PythonServer server;
    RequestOptions options;
    options.timeout = milliseconds(200);
    const auto response = get(server.url("/never"), options);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ExitCode::unavailable);
    EXPECT_EQ(get(server.url("/nothing")).error().code, ExitCode::unavailable);
}

TEST(HttpClient, SaysWhoDoesNotAnswerWithoutThePassword) {
    RequestOptions options;
    options.user = "patroni";
    options.password = Secret("hidden1");
    const auto response = get(std::string("http://") + "root:hidden2@127.0.0.1:1/health", options);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ExitCode::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("GET http://127.0.0.1:1/health: "));
    EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
}

TEST(HttpClient, SpeaksHttpOnly) {
    EXPECT_EQ(get("file:///etc/passwd").error().code, ExitCode::config);
}

TEST(HttpClient, VerifiesTheNameWhereverItConnects) {
    const Certificates certificates("one");
    const Certificates others("two");
    const PythonServer server(
        fmt::format("{} {} ''", certificates.path("node.crt"), certificates.path("node.key")));
    RequestOptions options;
    options.connect_host = "127.0.0.1";
    options.ca_path = certificates.path("ca.crt");
    const auto good = get(server.url("/", "https", "name.test"), options);
    EXPECT_TRUE(good) << good.error().message;
    EXPECT_EQ(get(server.url("/", "https", "other.test"), options).error().code,
              ExitCode::permission);
    options.ca_path = others.path("ca.crt");
    EXPECT_EQ(get(server.url("/", "https", "name.test"), options).error().code,
              ExitCode::permission);
    options.verify = false;
    EXPECT_TRUE(get(server.url("/", "https", "other.test"), options));
    options.verify = true;
    options.ca_path = "/nonexistent/ca.crt";
    EXPECT_EQ(get(server.url("/", "https", "name.test"), options).error().code, ExitCode::config);
}

TEST(HttpClient, ShowsItsOwnCertificate) {
    const Certificates certificates("one");
    const PythonServer server(fmt::format("{} {} {}", certificates.path("node.crt"),
                                          certificates.path("node.key"),
                                          certificates.path("ca.crt")));
    RequestOptions options;
    options.connect_host = "127.0.0.1";
    options.ca_path = certificates.path("ca.crt");
    EXPECT_FALSE(get(server.url("/", "https", "name.test"), options));
    options.certificate_path = certificates.path("node.crt");
    options.key_path = certificates.path("node.key");
    const auto shown = get(server.url("/", "https", "name.test"), options);
    EXPECT_TRUE(shown) << shown.error().message;
}

TEST(HttpClient, IsUsableByEachThreadForItself) {
    const PythonServer server;
    std::array<int, 4> statuses{};
    std::vector<std::thread> threads;
    threads.reserve(statuses.size());
    for (int& status : statuses) {
        threads.emplace_back([&status, mine = client(), url = server.url("/tea")]() mutable {
            for (int time = 0; time < 20; ++time) {
                const auto response = mine.request(Method::get, url, {});
                status = response ? response->status : 0;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_THAT(statuses, ::testing::Each(418));
}

}  // namespace
}  // namespace citus_init::http
