#include "http/server/tls_library.h"

#include <array>
#include <string>

#include <fmt/core.h>

#include "citus_init/base/dynamic_library.h"

namespace citus_init::http {

Result<TlsLibrary> load_tls_library() {
    auto symbols = DynamicLibrary::open(kTlsLibrary);
    if (!symbols) {
        return fail(ExitCode::os,
                    fmt::format("cannot load {}, which CITUS_HTTP_TLS needs: {}. Install the "
                                "package libssl3",
                                kTlsLibrary, symbols.error().message));
    }
    TlsLibrary tls;
    symbols->find("BIO_ctrl_pending", tls.bio_pending);
    symbols->find("BIO_new", tls.bio_new);
    symbols->find("BIO_read", tls.bio_read);
    symbols->find("BIO_s_mem", tls.memory_method);
    symbols->find("BIO_write", tls.bio_write);
    symbols->find("ERR_clear_error", tls.clear_errors);
    symbols->find("ERR_error_string_n", tls.error_string);
    symbols->find("ERR_get_error", tls.next_error);
    symbols->find("SSL_CTX_check_private_key", tls.check_key);
    symbols->find("SSL_CTX_ctrl", tls.context_control);
    symbols->find("SSL_CTX_free", tls.context_free);
    symbols->find("SSL_CTX_new", tls.context_new);
    symbols->find("SSL_CTX_use_PrivateKey_file", tls.use_key);
    symbols->find("SSL_CTX_use_certificate_chain_file", tls.use_certificate);
    symbols->find("SSL_free", tls.session_free);
    symbols->find("SSL_get_error", tls.error_of);
    symbols->find("SSL_new", tls.session_new);
    symbols->find("SSL_read", tls.read);
    symbols->find("SSL_set_accept_state", tls.set_accept_state);
    symbols->find("SSL_set_bio", tls.set_bio);
    symbols->find("SSL_shutdown", tls.shutdown);
    symbols->find("SSL_write", tls.write);
    symbols->find("TLS_server_method", tls.server_method);
    if (!symbols->missing().empty()) {
        return fail(ExitCode::os, fmt::format("cannot use {}: it has no {}. Install the package "
                                              "libssl3",
                                              kTlsLibrary, symbols->missing()));
    }
    return tls;
}

std::string TlsLibrary::reason() const {
    std::string reasons;
    while (const unsigned long code = next_error()) {
        std::array<char, 256> text{};
        error_string(code, text.data(), text.size());
        reasons += (reasons.empty() ? "" : "; ") + std::string(text.data());
    }
    return reasons;
}

}  // namespace citus_init::http
