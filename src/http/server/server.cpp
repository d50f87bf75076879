#include "citus_init/http/server/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <list>

#include <fmt/core.h>

#include "http/server/connection.h"
#include "http/server/tls_transport.h"

namespace citus_init::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Of connections that nobody has accepted yet.
constexpr int kBacklog = 128;

error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.close(error);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error && endpoint.protocol() == tcp::v6() && endpoint.address().is_unspecified()) {
        acceptor.set_option(asio::ip::v6_only(false), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(kBacklog, error);
    }
    return error;
}

error_code listen_on(tcp::acceptor& acceptor, asio::io_context& context, const HostPort& listen) {
    if (listen.host.empty()) {
        const auto failed = listen_on(acceptor, {tcp::v6(), listen.port});
        // A kernel without IPv6.
        return failed && failed.value() != EADDRINUSE
                   ? listen_on(acceptor, {tcp::v4(), listen.port})
                   : failed;
    }
    error_code error;
    tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(listen.host, std::to_string(listen.port), tcp::resolver::passive, error);
    return error ? error : listen_on(acceptor, found.begin()->endpoint());
}

}  // namespace

// --- What runs ---

class Server::Listener {
  public:
    Listener(Handler handler, const ServerLimits& limits)
        : handler_(std::move(handler)),
          limits_(limits),
          shared_{handler_, limits_},
          acceptor_(context_),
          pause_(context_) {}
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() = default;

    [[nodiscard]] Status open(const HostPort& listen) {
        if (const auto error = listen_on(acceptor_, context_, listen)) {
            return fail(ExitCode::unavailable, fmt::format("cannot listen on {}:{}: {}",
                                                           listen.host.empty() ? "*" : listen.host,
                                                           listen.port, error.message()));
        }
        accept();
        return {};
    }

    void refuse_plain_text() { is_tls_only_ = true; }

    [[nodiscard]] Status use_tls(const TlsFiles& files) {
        auto identity = TlsIdentity::load(files);
        if (!identity) {
            return fail(identity.error());
        }
        identity_ = std::move(*identity);
        is_tls_only_ = true;
        return {};
    }

    std::uint16_t port() const {
        error_code ignored;
        return acceptor_.local_endpoint(ignored).port();
    }

    void every(std::chrono::milliseconds interval, std::function<void()> tick) {
        timers_.emplace_back(context_);
        repeat(timers_.back(), std::chrono::milliseconds(0), interval, std::move(tick));
    }

    void publish(const std::string& text) {
        for (Connection* stream : shared_.streams) {
            stream->send(text);
        }
    }

    void run() { context_.run(); }
    void stop() { context_.stop(); }
    const Counters& counters() const { return shared_.counters; }

  private:
    void accept() {
        acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) {
                return;
            }
            if (error) {
                return accept_later();
            }
            take(std::move(socket));
            accept();
        });
    }

    // No descriptor is free: those that wait are what can be given up.
    void accept_later() {
        evict();
        constexpr std::chrono::milliseconds kPause{50};
        pause_.expires_after(kPause);
        pause_.async_wait([this](const error_code& error) {
            if (!error) {
                accept();
            }
        });
    }

    void take(tcp::socket socket) {
        if (is_tls_only_ && !identity_) {
            return;  // closes it
        }
        if (shared_.counters.connections >= limits_.connections && !evict()) {
            ++shared_.counters.evicted;
            return;  // closes it
        }
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto transport = identity_ ? std::shared_ptr<Transport>(std::make_shared<TlsTransport>(
                                         std::move(socket), identity_))
                                   : std::make_shared<PlainTransport>(std::move(socket));
        std::make_shared<Connection>(std::move(transport), shared_)->start();
    }

    // Whether there was one to be closed. It is gone only once its handler has run.
    bool evict() {
        auto& those = shared_.waiting.empty() ? shared_.answering : shared_.waiting;
        if (those.empty()) {
            return false;
        }
        Connection* const oldest = those.front();
        those.pop_front();
        ++shared_.counters.evicted;
        oldest->close();
        return true;
    }

    void repeat(asio::steady_timer& timer, std::chrono::milliseconds delay,
                std::chrono::milliseconds interval, std::function<void()> tick) {
        timer.expires_after(delay);
        timer.async_wait([this, &timer, interval, tick = std::move(tick)](const error_code& error) {
            if (!error) {
                tick();
                repeat(timer, interval, interval, tick);
            }
        });
    }

    Handler handler_;
    ServerLimits limits_;
    Connection::Shared shared_;  // outlives the connections, which the context's operations hold
    bool is_tls_only_ = false;
    std::shared_ptr<TlsIdentity> identity_;  // none: no TLS, or not yet
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::list<asio::steady_timer> timers_;
};

ServerResponse plain_response(int status, const std::string& text) {
    ServerResponse response;
    response.status = status;
    response.body = text + "\n";
    return response;
}

// --- The server ---

Result<std::unique_ptr<Server>> Server::create(const HostPort& listen, Handler handler,
                                               const ServerLimits& limits) {
    auto listener = std::make_unique<Listener>(std::move(handler), limits);
    CITUS_INIT_TRY(listener->open(listen));
    return std::unique_ptr<Server>(new Server(std::move(listener)));
}

Server::Server(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return listener_->port();
}

void Server::refuse_plain_text() {
    listener_->refuse_plain_text();
}

Status Server::use_tls(const TlsFiles& files) {
    return listener_->use_tls(files);
}

void Server::every(std::chrono::milliseconds interval, std::function<void()> tick) {
    listener_->every(interval, std::move(tick));
}

void Server::publish(const std::string& text) {
    listener_->publish(text);
}

void Server::run() {
    listener_->run();
}

void Server::stop() {
    listener_->stop();
}

Server::Counters Server::counters() const {
    return listener_->counters();
}

}  // namespace citus_init::http
