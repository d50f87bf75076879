#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"

namespace citus_init::http {

// A request, as far as an answer depends on it. Header values are as they were sent, "" = not sent.
struct ServerRequest {
    std::string method;  // GET, HEAD or OPTIONS; others get 405 without being asked for
    std::string path;    // "/metrics", not decoded
    std::string query;   // "scope=cluster", not decoded
    std::string host;
    std::string accept;
    std::string authorization;  // may hold a secret
    bool is_local = false;      // the other end is on this machine's loopback
    bool is_forwarded = false;  // by a proxy that says so: the other end is not who asks
};

struct ServerResponse {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;  // not sent to HEAD
    std::vector<std::pair<std::string, std::string>> headers{};
    // The connection stays open, and gets what publish() is given. `body` is its beginning.
    bool is_stream = false;
};

// A line of text.
ServerResponse plain_response(int status, const std::string& text);

// PEM files of a certificate with its chain, and of its key.
struct TlsFiles {
    std::string certificate;
    std::string key;
};

// What one client, or all of them together, may use of this process.
struct ServerLimits {
    std::size_t header_bytes = 8UL << 10U;  // of a request; 431 beyond
    std::size_t body_bytes = 4UL << 10U;    // 413 beyond; what is sent is not read
    // When one more comes, the one that has waited longest for a request is closed for it, or, if
    // none waits, the one whose answer has been under way for longest.
    std::size_t connections = 256;
    std::size_t streams = 16;                  // 503 beyond
    std::chrono::milliseconds request{5'000};  // from its first byte to its last
    std::chrono::milliseconds idle{75'000};    // between requests
    std::chrono::milliseconds response{30'000};
};

// Serves HTTP/1.1, in the one thread that calls run(). Nothing that is called here may block.
class Server {
  public:
    using Handler = std::function<ServerResponse(const ServerRequest& request)>;

    // Listens from now on; connections wait until run(). An empty host is every address, IPv4 and
    // IPv6. A name is resolved here, which may block. Errors: `unavailable` where the address
    // cannot be listened on.
    [[nodiscard]] static Result<std::unique_ptr<Server>> create(const HostPort& listen,
                                                                Handler handler,
                                                                const ServerLimits& limits = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    std::uint16_t port() const;

    // Connections are closed at once until use_tls() has succeeded.
    void refuse_plain_text();

    // Every connection from now on speaks TLS, with this certificate. May be called again: with
    // another one, while it runs, on run()'s thread. Nothing has changed after an error. Errors:
    // `os`, no libssl; `config`, a file cannot be used. Blocks for local files.
    [[nodiscard]] Status use_tls(const TlsFiles& files);

    // `tick` is called by run() again and again, first at once.
    void every(std::chrono::milliseconds interval, std::function<void()> tick);

    // To every stream. One that has not taken the last text yet misses this one. From run()'s
    // thread.
    void publish(const std::string& text);

    // Blocks until stop(), which any thread may call.
    void run();
    void stop();

    struct Counters {
        std::size_t connections = 0;  // open now
        std::size_t streams = 0;      // of those
        std::uint64_t requests = 0;   // since the start
        std::uint64_t evicted = 0;    // connections that were closed for others
    };
    Counters counters() const;

  private:
    class Listener;
    explicit Server(std::unique_ptr<Listener> listener);

    std::unique_ptr<Listener> listener_;
};

}  // namespace citus_init::http
