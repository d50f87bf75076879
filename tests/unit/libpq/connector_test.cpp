#include "citus_init/libpq/connector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/fd.h"

#include "libpq/library.h"

namespace citus_init::libpq {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::unique_ptr<citus::Connector> connector() {
    auto loaded = load_connector();
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(*loaded) : nullptr;
}

TEST(LoadLibrary, NamesThePackageWhereTheLibraryIsMissing) {
    const auto missing = load_library("libpq-that-nobody-has.so.5");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ExitCode::os);
    EXPECT_THAT(missing.error().message, HasSubstr("package libpq5"));
}

TEST(LoadLibrary, RefusesALibraryThatIsNoLibpq) {
    const auto other = load_library("libm.so.6");
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("PQconnectStartParams"));
}

TEST(PasswordVerifier, IsOneThatTheServerTakesAsSuch) {
    const auto one = make_password_verifier("postgres", Secret("0123"));
    const auto other = make_password_verifier("postgres", Secret("0123"));
    ASSERT_TRUE(one && other);
    EXPECT_THAT(*one, ::testing::MatchesRegex("SCRAM-SHA-256\\$4096:.+\\$.+:.+"));
    EXPECT_NE(*one, *other);
}

TEST(Connector, SaysWhereNobodyListens) {
    citus::ConnectionTarget target;
    target.host = "/nonexistent/directory";
    const auto session = connector()->connect(target);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().sqlstate, "08006");
    EXPECT_THAT(session.error().message, HasSubstr("/nonexistent/directory"));
}

// A port of ours on the loopback.
struct Listener {
    Listener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(fd.get(), generic, length), 0);
        EXPECT_EQ(::listen(fd.get(), 1), 0);
        EXPECT_EQ(::getsockname(fd.get(), generic, &length), 0);
        target.host = "127.0.0.1";
        target.port = ntohs(address.sin_port);
    }

    Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    citus::ConnectionTarget target;
};

TEST(Connector, GivesUpOnAServerThatNeverAnswers) {
    Listener listener;
    citus::ConnectionTarget& target = listener.target;
    target.connect_timeout = milliseconds(200);
    const auto started = std::chrono::steady_clock::now();
    const auto session = connector()->connect(target);
    const auto waited = std::chrono::steady_clock::now() - started;
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().sqlstate, "08006");
    EXPECT_THAT(session.error().message, HasSubstr("200 ms"));
    EXPECT_GE(waited, milliseconds(200));
    EXPECT_LT(waited, milliseconds(5'000));
}

TEST(Connector, PrintsNothingOfAServerThatEndsWhileItIsConnectedTo) {
    // AuthenticationOk, ReadyForQuery and what ends the session at once, in one segment.
    using namespace std::string_literals;
    const std::string answer =
        "R\0\0\0\x08\0\0\0\0"
        "Z\0\0\0\x05I"
        "E\0\0\0\x27SFATAL\0VFATAL\0C57P01\0Mit ends now\0\0"s;
    Listener listener;
    listener.target.options = {{"sslmode", "disable"}};
    std::thread server([&listener, &answer] {
        const Fd client(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        std::array<char, 1024> startup{};
        EXPECT_GT(::recv(client.get(), startup.data(), startup.size(), 0), 0);
        EXPECT_EQ(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(answer.size()));
    });
    ::testing::internal::CaptureStderr();
    const auto connector_of_session = connector();
    const auto session = connector_of_session->connect(listener.target);
    server.join();
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

// In one piece, and in pieces that libpq must not see before they are whole.
TEST(Connector, GivesNoPasswordInClearText) {
    using namespace std::string_literals;
    const std::string asked = "R\0\0\0\x08\0\0\0\x03"s;
    const std::string notice = "N\0\0\0\x0eSNOTICE\0\0\0"s;
    for (const auto& pieces : {std::vector{asked}, std::vector{notice + asked},
                               std::vector{asked.substr(0, 7), asked.substr(7)},
                               std::vector{notice + asked.substr(0, 2), asked.substr(2)}}) {
        Listener listener;
        listener.target.options = {{"sslmode", "disable"}};
        listener.target.password = Secret("hunter2");
        std::string received;
        std::thread server([&] {
            const Fd client(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
            std::array<char, 4096> buffer{};
            EXPECT_GT(::recv(client.get(), buffer.data(), buffer.size(), 0), 0);  // start-up
            for (const auto& piece : pieces) {
                ::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
                std::this_thread::sleep_for(milliseconds(20));
            }
            for (ssize_t size = 0;
                 (size = ::recv(client.get(), buffer.data(), buffer.size(), 0)) > 0;) {
                received.append(buffer.data(), static_cast<std::size_t>(size));
            }
        });
        const auto session = connector()->connect(listener.target);
        server.join();
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().sqlstate, "28000");
        EXPECT_THAT(session.error().message, HasSubstr("asks for the password in clear text"));
        EXPECT_EQ(received, "");
    }
}

TEST(Connector, NeverShowsThePassword) {
    citus::ConnectionTarget target;
    target.host = "/nonexistent/directory";
    target.password = Secret("hunter2");
    const auto session = connector()->connect(target);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().text().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::libpq
