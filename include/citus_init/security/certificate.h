#pragma once

#include <string>

#include "citus_init/base/result.h"

namespace citus_init::security {

inline constexpr const char* kCryptoLibrary = "libcrypto.so.3";

struct CertificateFiles {
    std::string certificate;  // PEM, mode 0600
    std::string private_key;  // PEM, mode 0600: PostgreSQL refuses a key that others may read
};

enum class Certificate { made, kept };

// Makes sure that there are a key (EC P-256) and a self-signed certificate for it, named after the
// node: common name and subject alternative name, a host name or an IP address. Encryption only:
// nobody can verify it (sslmode=require does not try). Valid for ten years; a pair that fits
// together and lasts another month is kept as it is, whatever its name. Each file is replaced in
// one step. Loads libcrypto.so.3 when first called, since linking it would cost every start some
// milliseconds. Errors: `os` without libcrypto, `config` for a name that no certificate can hold,
// and those of write_file_atomically().
[[nodiscard]] Result<Certificate> ensure_self_signed_certificate(const CertificateFiles& files,
                                                                 const std::string& node_name);

}  // namespace citus_init::security
