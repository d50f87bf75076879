#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/http/server/server.h"

#include "http/server/plain_transport.h"
#include "http/server/tls_library.h"

namespace citus_init::http {

// The certificate that connections are accepted with, and OpenSSL's context for it.
class TlsIdentity {
  public:
    // Errors: `os`, no libssl; `config`, a file cannot be used. Blocks for local files.
    [[nodiscard]] static Result<std::shared_ptr<TlsIdentity>> load(const TlsFiles& files);
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;
    ~TlsIdentity();

    const TlsLibrary& library() const { return library_; }
    SSL_CTX* context() const { return context_; }

  private:
    TlsIdentity(const TlsLibrary& library, SSL_CTX* context)
        : library_(library), context_(context) {}

    TlsLibrary library_;
    SSL_CTX* context_;
};

// TLS 1.2 or later over TCP. OpenSSL reads and writes memory only; what it wants sent or read goes
// by the plain transport. The handshake is a part of the first read.
class TlsTransport : public Transport, public std::enable_shared_from_this<TlsTransport> {
  public:
    TlsTransport(boost::asio::ip::tcp::socket socket, std::shared_ptr<TlsIdentity> identity);
    TlsTransport(const TlsTransport&) = delete;
    TlsTransport& operator=(const TlsTransport&) = delete;
    ~TlsTransport() override;

    void read_some(boost::asio::mutable_buffer buffer, ReadDone done) override;
    void write(boost::asio::const_buffer buffer, WriteDone done) override;
    void end_writing() override;
    void expire_after(std::chrono::milliseconds time) override { plain_.expire_after(time); }
    void expire_never() override { plain_.expire_never(); }
    void close() override { plain_.close(); }
    bool is_local() const override { return plain_.is_local(); }

  private:
    void read_more(boost::asio::mutable_buffer buffer, ReadDone done);
    // Sends what OpenSSL has written; `done` at once where that is nothing.
    void flush(WriteDone done);
    void send_pending();

    PlainTransport plain_;
    std::shared_ptr<TlsIdentity> identity_;
    SSL* session_;
    BIO* incoming_;  // the session's, as the next
    BIO* outgoing_;
    std::array<char, 4096> received_{};
    std::string sending_;
    bool is_sending_ = false;
    std::vector<WriteDone> waiting_;  // for what was written meanwhile
};

}  // namespace citus_init::http
