#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"

namespace citus_init::http {

// The first one that is there is used. OpenSSL's before GnuTLS': PEM files of every kind are read
// by it.
inline constexpr std::initializer_list<const char*> kLibraries{"libcurl.so.4",
                                                               "libcurl-gnutls.so.4"};

enum class Method { get, post, patch };

struct RequestOptions {
    std::string connect_host;  // where to connect instead of the URL's host; "" = there
    // The server's certificate has to be for the URL's host, whatever `connect_host` is.
    bool verify = true;
    std::string ca_path;           // "" = the authorities of the system
    std::string certificate_path;  // our own, with its key; "" = none
    std::string key_path;
    std::string user;  // with `password`, basic authentication; "" = none
    Secret password;
    Secret authorization;  // the header of this name, instead of a user; "" = none
    std::chrono::milliseconds connect_timeout{2'000};
    std::chrono::milliseconds timeout{2'000};  // of the whole request, connecting included
    std::string body;                          // JSON
};

// Without the user and the password, which may stand before the host: for messages. Pure.
std::string without_user(const std::string& url);

struct Response {
    int status = 0;
    std::string body;

    bool is_ok() const { return status == 200; }
};

// Asks by HTTP, blocking, with libcurl, which is loaded when it is first needed. Redirections are
// not followed, proxies not used, an answer of more than kLargestAnswer bytes is refused. For one
// thread at a time; each thread has a client of its own.
class Client {
  public:
    static constexpr std::size_t kLargestAnswer = 4UL << 20U;

    // Error: `os`, no libcurl. Before other threads run: older libcurls cannot be initialised by
    // two.
    [[nodiscard]] static Result<Client> create();

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    // Any status is an answer. Errors: `unavailable` where nobody answers in time, `permission`
    // where either side does not trust the other's certificate, `config` where a file of the
    // options cannot be used, `io` where the answer is none of HTTP, or too large. Without the
    // URL's user part, and never with a password.
    [[nodiscard]] Result<Response> request(Method method, const std::string& url,
                                           const RequestOptions& options);

  private:
    class Handle;
    explicit Client(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
};

}  // namespace citus_init::http
