#include "citus_init/http/server/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
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

namespace citus_init::http {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr milliseconds kDeadline{20'000};

ServerResponse echo(const ServerRequest& request) {
    ServerResponse response;
    response.body = fmt::format("{} {} ?{} {} {}", request.method, request.path, request.query,
                                request.host, request.is_local ? "local" : "remote");
    return response;
}

// A server in a thread of its own, until the end of the test.
class Running {
  public:
    explicit Running(Server::Handler handler = echo, const ServerLimits& limits = {}) {
        auto created = Server::create({"127.0.0.1", 0}, std::move(handler), limits);
        EXPECT_TRUE(created) << created.error().message;
        server = std::move(*created);
    }
    void run() {
        thread_ = std::thread([this] { server->run(); });
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { end(); }
    // Its counters may be read from then on.
    void end() {
        server->stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    std::unique_ptr<Server> server;

  private:
    std::thread thread_;
};

class Client {
  public:
    explicit Client(const Server& server)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
    }

    void send(const std::string& text) {
        static_cast<void>(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }
    void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

    // What comes until `end` has come, or the connection ends.
    std::string read_until(const std::string& end) {
        while (end.empty() || received_.find(end) == std::string::npos) {
            pollfd ready{socket_.get(), POLLIN, 0};
            if (::poll(&ready, 1, static_cast<int>(kDeadline.count())) != 1) {
                ADD_FAILURE() << "nothing came after " << received_;
                break;
            }
            std::array<char, 4096> chunk{};
            const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
            if (count <= 0) {
                break;
            }
            received_.append(chunk.data(), static_cast<std::size_t>(count));
        }
        return std::exchange(received_, {});
    }
    std::string read_all() { return read_until(""); }

  private:
    Fd socket_;
    std::string received_;
};

std::string ask(const Server& server, const std::string& request) {
    Client client(server);
    client.send(request);
    return client.read_all();
}

constexpr const char* kEnd = " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

TEST(HttpServer, AnswersWithPathQueryAndHost) {
    Running running;
    running.run();
    const auto answer = ask(*running.server, std::string("GET /a/b?c=d&e") + kEnd);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\nGET /a/b ?c=d&e here local"));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff"));
}

TEST(HttpServer, SendsHeadNoBodyButItsLength) {
    Running running;
    running.run();
    const auto answer = ask(*running.server, std::string("HEAD /a") + kEnd);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 20\r\n"));
    EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, KeepsTheConnectionAndTakesRequestsSentAtOnce) {
    Running running;
    running.run();
    Client client(*running.server);
    client.send(
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 "
        "HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answers = client.read_until("/3 ?");
    EXPECT_THAT(answers, AllOf(HasSubstr("/1 ?"), HasSubstr("/2 ?")));
    client.send(std::string("GET /4") + kEnd);
    EXPECT_THAT(client.read_all(), HasSubstr("/4 ?"));
    running.end();
    EXPECT_EQ(running.server->counters().requests, 4U);
}

TEST(HttpServer, RefusesWhatIsWrong) {
    Running running;
    running.run();
    struct Case {
        std::string request;
        std::string answer;
    };
    const std::string large(20'000, 'x');
    for (const auto& [request, expected] :
         {Case{std::string("POST /a") + kEnd, "HTTP/1.1 405 Method Not Allowed"},
          Case{std::string("BREW /a") + kEnd, "HTTP/1.1 405 Method Not Allowed"},
          Case{"GET /a HTTP/1.1\r\nHost: h\r\nX: " + large + "\r\n\r\n", "HTTP/1.1 431 "},
          Case{"GET /" + large + " HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 431 "},
          Case{"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", "HTTP/1.1 413 "},
          Case{"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "},
          Case{"GET /a HTTP/9.9\r\n\r\n", "HTTP/1.1 400 "},
          Case{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", "HTTP/1.1 400 "},
          Case{"GET /\xff\xfe HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 "}}) {
        EXPECT_THAT(ask(*running.server, request), StartsWith(expected)) << request.substr(0, 60);
    }
}

TEST(HttpServer, GivesASlowRequestNoMoreThanItsTime) {
    ServerLimits limits;
    limits.request = milliseconds(100);
    Running running(echo, limits);
    running.run();
    Client slow(*running.server);
    slow.send("GET / HTTP/1.1\r\nHo");
    EXPECT_EQ(slow.read_all(), "");
}

TEST(HttpServer, ClosesWhoeverWaitsLongestForOneMore) {
    ServerLimits limits;
    limits.connections = 4;
    Running running(echo, limits);
    running.run();
    std::vector<Client> waiting;
    waiting.reserve(20);
    for (int i = 0; i < 20; ++i) {
        waiting.emplace_back(*running.server);
        waiting.back().send("GET /half");
    }
    EXPECT_THAT(ask(*running.server, std::string("GET /probe") + kEnd), HasSubstr("/probe"));
    EXPECT_EQ(waiting.front().read_all(), "");
    running.end();
    EXPECT_GE(running.server->counters().evicted, 16U);
    EXPECT_LE(running.server->counters().connections, 5U);
}

TEST(HttpServer, StreamsWhatIsPublishedAndBoundsTheStreams) {
    ServerLimits limits;
    limits.streams = 2;
    Running running(
        [](const ServerRequest&) {
            ServerResponse response;
            response.content_type = "text/event-stream";
            response.is_stream = true;
            response.body = "data: first\n\n";
            return response;
        },
        limits);
    std::atomic<int> count{0};
    running.server->every(milliseconds(5),
                          [&] { running.server->publish(fmt::format("data: {}\n\n", ++count)); });
    running.run();
    Client one(*running.server);
    Client two(*running.server);
    for (auto* client : {&one, &two}) {
        client->send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_THAT(client->read_until("data: first\n\n"), HasSubstr("text/event-stream"));
    }
    const int seen = count;
    EXPECT_THAT(one.read_until(fmt::format("data: {}\n\n", seen + 3)), Not(HasSubstr("HTTP/1.1")));
    EXPECT_THAT(ask(*running.server, std::string("GET /events") + kEnd),
                StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(ask(*running.server, std::string("HEAD /events") + kEnd),
                StartsWith("HTTP/1.1 200 "));
    running.end();
    EXPECT_EQ(running.server->counters().streams, 2U);
}

// A certificate for name.test, made by openssl(1), and the answer of a client of OpenSSL's.
class TlsTest : public testing::Test {
  protected:
    TlsTest() {
        std::string name = std::filesystem::temp_directory_path() / "http_server_tls.XXXXXX";
        directory = ::mkdtemp(name.data());
        make_certificate("first");
    }
    ~TlsTest() override { std::filesystem::remove_all(directory); }

    void make_certificate(const std::string& common_name) const {
        EXPECT_EQ(std::system(fmt::format("cd {} && openssl req -x509 -newkey ec -pkeyopt "
                                          "ec_paramgen_curve:P-256 -nodes -keyout node.key -out "
                                          "node.crt -subj /CN={} 2>/dev/null",
                                          directory, common_name)
                                  .c_str()),
                  0);
    }
    TlsFiles files() const { return {directory + "/node.crt", directory + "/node.key"}; }
    std::string ask(const Server& server, const std::string& path,
                    const std::string& options = "") const {
        return output_of(fmt::format(
            "printf 'GET {} HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n' | timeout 20 "
            "openssl s_client -connect 127.0.0.1:{} -ign_eof {} 2>&1",
            path, server.port(), options));
    }

    std::string directory;

  private:
    static std::string output_of(const std::string& command) {
        FILE* const pipe = ::popen(command.c_str(), "re");
        std::string output;
        std::array<char, 4096> part{};
        while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe)) {
            output.append(part.data(), count);
        }
        ::pclose(pipe);
        return output;
    }
};

TEST_F(TlsTest, AnswersByTls) {
    const std::string large(300'000, 'x');
    Running running([&](const ServerRequest& request) {
        ServerResponse response;
        response.body = request.path + (request.is_local ? " local " : " remote ") + large + " end";
        return response;
    });
    ASSERT_TRUE(running.server->use_tls(files()));
    running.run();
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        const auto answer = ask(*running.server, "/page", version);
        EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 200 OK"), HasSubstr("/page local x"),
                                  HasSubstr("x end"), HasSubstr("CN = first")))
            << answer.substr(0, 2000);
    }
    EXPECT_THAT(ask(*running.server, "/page", "-tls1_1 -cipher ALL:@SECLEVEL=0"),
                Not(HasSubstr("HTTP/1.1")));
    // Neither TLS nor an answer that could be taken for one.
    EXPECT_THAT(http::ask(*running.server, std::string("GET /page") + kEnd),
                Not(HasSubstr("/page")));
}

TEST_F(TlsTest, TakesAnotherCertificateWhileItRuns) {
    Running running;
    ASSERT_TRUE(running.server->use_tls(files()));
    std::atomic<bool> renew{false};
    std::atomic<bool> renewed{false};
    running.server->every(milliseconds(5), [&] {
        if (renew.exchange(false)) {
            renewed = running.server->use_tls(files()).has_value();
        }
    });
    running.run();
    EXPECT_THAT(ask(*running.server, "/a"), HasSubstr("CN = first"));
    make_certificate("second");
    renew = true;
    while (!renewed) {
        std::this_thread::yield();
    }
    EXPECT_THAT(ask(*running.server, "/a"), HasSubstr("CN = second"));
}

TEST_F(TlsTest, ReportsWhatCannotBeUsed) {
    Running running;
    const auto missing =
        running.server->use_tls({directory + "/none.crt", directory + "/node.key"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ExitCode::config);
    EXPECT_THAT(missing.error().message, HasSubstr("none.crt"));
    const std::string other = directory + "/other.key";
    std::filesystem::rename(directory + "/node.key", other);
    const auto old = directory + "/old.crt";
    std::filesystem::rename(directory + "/node.crt", old);
    make_certificate("second");
    EXPECT_FALSE(running.server->use_tls({old, directory + "/node.key"}));
    EXPECT_TRUE(running.server->use_tls({old, other}));
}

TEST(HttpServer, ReportsAnAddressThatIsTaken) {
    Running first;
    const auto second = Server::create({"127.0.0.1", first.server->port()}, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ExitCode::unavailable);
    EXPECT_THAT(second.error().message,
                AllOf(HasSubstr("cannot listen on 127.0.0.1:"), HasSubstr("in use")));
}

TEST(HttpServer, ServesEveryAddressWithoutAHost) {
    auto server = Server::create({"", 0}, echo);
    ASSERT_TRUE(server) << server.error().message;
    std::thread thread([&] { (*server)->run(); });
    EXPECT_THAT(ask(**server, std::string("GET /a") + kEnd), HasSubstr(" local"));
    (*server)->stop();
    thread.join();
}

}  // namespace
}  // namespace citus_init::http
