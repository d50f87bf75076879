// The two threads that watch Patroni and etcd, against a server that answers as both.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <functional>
#include <mutex>
#include <thread>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/base/base64.h"
#include "citus_init/base/fd.h"

#include "ha/patroni/client/pulse_watch.h"

namespace citus_init::patroni {
namespace {

using std::chrono::seconds;

// One request a connection, one after the other.
class Server {
  public:
    // `answer` gets the whole request; "" hangs up. Called by the server's thread.
    explicit Server(std::function<std::string(const std::string&)> answer)
        : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_.get(), any, size), 0);
        EXPECT_EQ(::listen(listener_.get(), SOMAXCONN), 0);
        EXPECT_EQ(::getsockname(listener_.get(), any, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }

    std::uint16_t port() const { return port_; }

  private:
    void serve() {
        for (;;) {
            const Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!peer) {
                return;
            }
            const std::string body = answer_(request_of(peer.get()));
            if (!body.empty()) {
                const std::string text = fmt::format(
                    "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
                EXPECT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL),
                          static_cast<ssize_t>(text.size()));
            }
        }
    }

    // What a POST sends may come after its header.
    static std::string request_of(int peer) {
        std::string text;
        std::string buffer(4096, '\0');
        const auto is_whole = [&text] {
            const auto header = text.find("\r\n\r\n");
            const auto length = text.find("Content-Length: ");
            return header != std::string::npos &&
                   (length == std::string::npos ||
                    text.size() >= header + 4 + std::stoul(text.substr(length + 16)));
        };
        while (!is_whole()) {
            const auto size = ::recv(peer, buffer.data(), buffer.size(), 0);
            if (size <= 0) {
                break;
            }
            text.append(buffer, 0, static_cast<std::size_t>(size));
        }
        return text;
    }

    std::function<std::string(const std::string&)> answer_;
    Fd listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

// Patroni's loop reaches etcd each time. Etcd tells the lease's age once, and is gone then.
std::string answer(const std::string& request, bool& etcd_is_gone) {
    if (request.starts_with("GET /liveness ")) {
        return "{}";
    }
    if (request.starts_with("GET /patroni ")) {
        // Not "running", so that it is asked each time.
        return fmt::format(R"({{"state":"starting","role":"master","dcs_last_seen":{}}})",
                           std::time(nullptr));
    }
    if (etcd_is_gone) {
        return "";
    }
    if (request.starts_with("POST /v3/kv/range ")) {
        return fmt::format(R"({{"header":{{}},"kvs":[{{"key":"{}","value":"{}","lease":"7"}}]}})",
                           base64_encode("/service/demo/0/leader"), base64_encode("c1"));
    }
    etcd_is_gone = true;
    return R"({"header":{},"ID":"7","TTL":"19","grantedTTL":"20"})";
}

class Pulses {
  public:
    void add(const ha::Pulse& pulse) {
        const std::scoped_lock lock(mutex_);
        pulses_.push_back(pulse);
        changed_.notify_all();
    }

    // The one of this number, from 1; none within a minute.
    std::optional<ha::Pulse> wait_for(std::size_t number) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, seconds(60), [&] { return pulses_.size() >= number; });
        return pulses_.size() >= number ? std::optional(pulses_[number - 1]) : std::nullopt;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ha::Pulse> pulses_;
};

TEST(Watches, DoNotTakeWhatNobodyHasSeenForAnOldLease) {
    bool etcd_is_gone = false;
    Server server([&](const std::string& request) { return answer(request, etcd_is_gone); });
    settings::PatroniSettings patroni;
    patroni.namespace_path = "/service";
    patroni.scope = "demo";
    patroni.etcd3.hosts = {{"127.0.0.1", server.port()}};
    auto group_client = http::Client::create();
    auto rest_client = http::Client::create();
    ASSERT_TRUE(group_client && rest_client);
    StoredGroupWatch group(EtcdClient(std::move(*group_client), patroni.etcd3), patroni, "c1");
    RestAccess access;
    access.url = fmt::format("http://127.0.0.1:{}", server.port());
    Pulses pulses;
    std::size_t changes = 0;
    {
        PulseWatch watch(RestClient(std::move(*rest_client), access), group, ha::Lease(),
                         {[&](const ha::Pulse& pulse) { pulses.add(pulse); }, [&] { ++changes; }});
        const auto first = pulses.wait_for(1);
        ASSERT_TRUE(first);
        EXPECT_EQ(first->answer, ha::Answer::alive);
        EXPECT_EQ(first->role, ha::MemberRole::primary);
        // Two seconds later, though nobody has read the lease since.
        const auto second = pulses.wait_for(2);
        ASSERT_TRUE(second);
        EXPECT_EQ(second->store_age, seconds(1));
        EXPECT_EQ(watch.last_status().state, "starting");
    }
    EXPECT_TRUE(group.has_read());
    EXPECT_EQ(changes, 1U);
    group.set_primary(false);
    EXPECT_FALSE(group.has_read());
}

}  // namespace
}  // namespace citus_init::patroni
