#include "security/crypto_library.h"

#include <fmt/core.h>

#include "citus_init/base/dynamic_library.h"

namespace citus_init::security {

namespace {

constexpr const char* kFileName = "libcrypto.so.3";

}  // namespace

Result<CryptoLibrary> load_crypto_library() {
    auto symbols = DynamicLibrary::open(kFileName);
    if (!symbols) {
        return fail(ExitCode::os,
                    fmt::format("cannot load {}: {}. Install OpenSSL 3 (Debian: libssl3) "
                                "or set ssl, ssl_cert_file and ssl_key_file yourself",
                                kFileName, symbols.error().message));
    }
    CryptoLibrary crypto;
    symbols->find("ASN1_INTEGER_set_uint64", crypto.set_integer);
    symbols->find("BIO_ctrl", crypto.bio_control);
    symbols->find("BIO_free", crypto.bio_free);
    symbols->find("BIO_new", crypto.bio_new);
    symbols->find("BIO_new_mem_buf", crypto.bio_from_memory);
    symbols->find("BIO_s_mem", crypto.memory_method);
    symbols->find("ERR_error_string_n", crypto.error_string);
    symbols->find("ERR_get_error", crypto.next_error);
    symbols->find("EVP_PKEY_Q_keygen", crypto.generate_key);
    symbols->find("EVP_PKEY_free", crypto.key_free);
    symbols->find("EVP_sha256", crypto.sha256);
    symbols->find("PEM_read_bio_PrivateKey", crypto.read_key);
    symbols->find("PEM_read_bio_X509", crypto.read_certificate);
    symbols->find("PEM_write_bio_PrivateKey", crypto.write_key);
    symbols->find("PEM_write_bio_X509", crypto.write_certificate);
    symbols->find("RAND_bytes", crypto.random_bytes);
    symbols->find("X509V3_EXT_conf_nid", crypto.make_extension);
    symbols->find("X509_EXTENSION_free", crypto.extension_free);
    symbols->find("X509_NAME_add_entry_by_txt", crypto.add_to_name);
    symbols->find("X509_add_ext", crypto.add_extension);
    symbols->find("X509_check_private_key", crypto.check_key);
    symbols->find("X509_cmp_time", crypto.compare_time);
    symbols->find("X509_free", crypto.certificate_free);
    symbols->find("X509_get0_notAfter", crypto.end_of);
    symbols->find("X509_get_serialNumber", crypto.serial_of);
    symbols->find("X509_get_subject_name", crypto.subject_of);
    symbols->find("X509_getm_notAfter", crypto.mutable_end_of);
    symbols->find("X509_getm_notBefore", crypto.mutable_start_of);
    symbols->find("X509_new", crypto.certificate_new);
    symbols->find("X509_set_issuer_name", crypto.set_issuer);
    symbols->find("X509_set_pubkey", crypto.set_key);
    symbols->find("X509_set_version", crypto.set_version);
    symbols->find("X509_sign", crypto.sign);
    symbols->find("X509_time_adj_ex", crypto.set_time);
    if (!symbols->missing().empty()) {
        return fail(ExitCode::os, fmt::format("{} has no {}: OpenSSL 3 is needed", kFileName,
                                              symbols->missing()));
    }
    return crypto;
}

}  // namespace citus_init::security
