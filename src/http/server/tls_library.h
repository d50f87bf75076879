#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "citus_init/base/result.h"

namespace citus_init::http {

inline constexpr const char* kTlsLibrary = "libssl.so.3";

// The functions of OpenSSL 3's libssl that we call, and those of libcrypto below it, typed by their
// own headers, found by dlsym(3).
struct TlsLibrary {
    decltype(&::BIO_ctrl_pending) bio_pending = nullptr;
    decltype(&::BIO_new) bio_new = nullptr;
    decltype(&::BIO_read) bio_read = nullptr;
    decltype(&::BIO_s_mem) memory_method = nullptr;
    decltype(&::BIO_write) bio_write = nullptr;
    decltype(&::ERR_clear_error) clear_errors = nullptr;
    decltype(&::ERR_error_string_n) error_string = nullptr;
    decltype(&::ERR_get_error) next_error = nullptr;
    decltype(&::SSL_CTX_check_private_key) check_key = nullptr;
    decltype(&::SSL_CTX_ctrl) context_control = nullptr;
    decltype(&::SSL_CTX_free) context_free = nullptr;
    decltype(&::SSL_CTX_new) context_new = nullptr;
    decltype(&::SSL_CTX_use_PrivateKey_file) use_key = nullptr;
    decltype(&::SSL_CTX_use_certificate_chain_file) use_certificate = nullptr;
    decltype(&::SSL_free) session_free = nullptr;
    decltype(&::SSL_get_error) error_of = nullptr;
    decltype(&::SSL_new) session_new = nullptr;
    decltype(&::SSL_read) read = nullptr;
    decltype(&::SSL_set_accept_state) set_accept_state = nullptr;
    decltype(&::SSL_set_bio) set_bio = nullptr;
    decltype(&::SSL_shutdown) shutdown = nullptr;
    decltype(&::SSL_write) write = nullptr;
    decltype(&::TLS_server_method) server_method = nullptr;

    // The reasons on OpenSSL's stack, which are taken off it.
    std::string reason() const;
};

// Error: `os`, with the package that is missing.
[[nodiscard]] Result<TlsLibrary> load_tls_library();

}  // namespace citus_init::http
