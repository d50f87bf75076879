#include "citus_init/security/certificate_validity.h"

#include "security/certificate_parts.h"

namespace citus_init::security {

Result<Validity> certificate_validity(const std::string& pem) {
    const auto crypto = load_crypto_library();
    if (!crypto) {
        return fail(crypto.error());
    }
    const auto certificate = certificate_of(*crypto, pem);
    if (!certificate) {
        crypto->clear_errors();
        return fail(ExitCode::config, "holds no certificate in PEM");
    }
    const auto start = seconds_of(*crypto, crypto->start_of(certificate.get()));
    const auto end = seconds_of(*crypto, crypto->end_of(certificate.get()));
    if (!start || !end) {
        return fail(ExitCode::config, "holds a certificate without a time of validity");
    }
    return Validity{*start, *end};
}

}  // namespace citus_init::security
