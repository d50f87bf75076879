#include "http/server/tls_transport.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <limits>
#include <utility>

#include <fmt/core.h>

namespace citus_init::http {

namespace asio = boost::asio;
using boost::system::error_code;

// --- The certificate ---

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(const TlsFiles& files) {
    const auto library = load_tls_library();
    if (!library) {
        return fail(library.error());
    }
    SSL_CTX* const context = library->context_new(library->server_method());
    if (context == nullptr) {
        return fail(ExitCode::os, "OpenSSL cannot make a context: " + library->reason());
    }
    std::shared_ptr<TlsIdentity> identity(new TlsIdentity(*library, context));
    library->clear_errors();
    library->context_control(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
    if (library->use_certificate(context, files.certificate.c_str()) != 1 ||
        library->use_key(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        library->check_key(context) != 1) {
        return fail(ExitCode::config, fmt::format("cannot use the certificate \"{}\" with the key "
                                                  "\"{}\": {}",
                                                  files.certificate, files.key, library->reason()));
    }
    return identity;
}

TlsIdentity::~TlsIdentity() {
    library_.context_free(context_);
}

// --- A connection ---

TlsTransport::TlsTransport(asio::ip::tcp::socket socket, std::shared_ptr<TlsIdentity> identity)
    : plain_(std::move(socket)),
      identity_(std::move(identity)),
      session_(identity_->library().session_new(identity_->context())),
      incoming_(identity_->library().bio_new(identity_->library().memory_method())),
      outgoing_(identity_->library().bio_new(identity_->library().memory_method())) {
    const auto& tls = identity_->library();
    tls.set_bio(session_, incoming_, outgoing_);
    tls.set_accept_state(session_);
}

TlsTransport::~TlsTransport() {
    identity_->library().session_free(session_);
}

void TlsTransport::read_some(asio::mutable_buffer buffer, ReadDone done) {
    const auto& tls = identity_->library();
    tls.clear_errors();
    constexpr std::size_t kMost = std::numeric_limits<int>::max();
    const int count =
        tls.read(session_, buffer.data(), static_cast<int>(std::min(buffer.size(), kMost)));
    const int why = count > 0 ? SSL_ERROR_NONE : tls.error_of(session_, count);
    // The handshake's answers, a new session ticket, an alert.
    flush([self = shared_from_this(), buffer, count, why,
           done = std::move(done)](const error_code& error) mutable {
        if (error) {
            return done(error, 0);
        }
        if (count > 0) {
            return done({}, static_cast<std::size_t>(count));
        }
        if (why != SSL_ERROR_WANT_READ) {
            return done(why == SSL_ERROR_ZERO_RETURN ? error_code(asio::error::eof)
                                                     : error_code(asio::error::connection_aborted),
                        0);
        }
        self->read_more(buffer, std::move(done));
    });
}

void TlsTransport::read_more(asio::mutable_buffer buffer, ReadDone done) {
    plain_.read_some(asio::buffer(received_),
                     [self = shared_from_this(), buffer, done = std::move(done)](
                         const error_code& error, std::size_t count) mutable {
                         if (error) {
                             return done(error, 0);
                         }
                         self->identity_->library().bio_write(
                             self->incoming_, self->received_.data(), static_cast<int>(count));
                         self->read_some(buffer, std::move(done));
                     });
}

void TlsTransport::write(asio::const_buffer buffer, WriteDone done) {
    const auto& tls = identity_->library();
    tls.clear_errors();
    // Into memory, so that it takes all at once.
    const int count = tls.write(session_, buffer.data(), static_cast<int>(buffer.size()));
    flush([self = shared_from_this(), is_written = count > 0,
           done = std::move(done)](const error_code& error) {
        done(error || is_written ? error : error_code(asio::error::connection_aborted));
    });
}

// What a read and a write want sent may come at once, and TCP takes one after the other.
void TlsTransport::flush(WriteDone done) {
    const auto& tls = identity_->library();
    const std::size_t pending = tls.bio_pending(outgoing_);
    if (pending == 0 && !is_sending_) {
        return done({});
    }
    waiting_.push_back(std::move(done));
    if (!is_sending_) {
        send_pending();
    }
}

void TlsTransport::send_pending() {
    const auto& tls = identity_->library();
    sending_.resize(tls.bio_pending(outgoing_));
    tls.bio_read(outgoing_, sending_.data(), static_cast<int>(sending_.size()));
    is_sending_ = true;
    plain_.write(
        asio::buffer(sending_),
        [self = shared_from_this(), sent = std::exchange(waiting_, {})](const error_code& error) {
            self->is_sending_ = false;
            if (!self->waiting_.empty()) {
                self->send_pending();
            }
            for (const auto& done : sent) {
                done(error);
            }
        });
}

void TlsTransport::end_writing() {
    identity_->library().clear_errors();
    identity_->library().shutdown(session_);
    flush([self = shared_from_this()](const error_code& /*error*/) { self->plain_.end_writing(); });
}

}  // namespace citus_init::http
