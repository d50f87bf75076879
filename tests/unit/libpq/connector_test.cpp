#include "citus_init/libpq/connector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

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

TEST(Connector, GivesUpOnAServerThatNeverAnswers) {
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), generic, length), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), generic, &length), 0);

    citus::ConnectionTarget target;
    target.host = "127.0.0.1";
    target.port = ntohs(address.sin_port);
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
