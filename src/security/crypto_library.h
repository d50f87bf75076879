#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "citus_init/base/result.h"

namespace citus_init::security {

// The functions of OpenSSL 3's libcrypto that we call, typed by its own headers, found by dlsym(3).
struct CryptoLibrary {
    decltype(&::ASN1_INTEGER_set_uint64) set_integer = nullptr;
    decltype(&::BIO_ctrl) bio_control = nullptr;
    decltype(&::BIO_free) bio_free = nullptr;
    decltype(&::BIO_new) bio_new = nullptr;
    decltype(&::BIO_new_mem_buf) bio_from_memory = nullptr;
    decltype(&::BIO_s_mem) memory_method = nullptr;
    decltype(&::ERR_error_string_n) error_string = nullptr;
    decltype(&::ERR_get_error) next_error = nullptr;
    decltype(&::EVP_PKEY_Q_keygen) generate_key = nullptr;
    decltype(&::EVP_PKEY_free) key_free = nullptr;
    decltype(&::EVP_sha256) sha256 = nullptr;
    decltype(&::PEM_read_bio_PrivateKey) read_key = nullptr;
    decltype(&::PEM_read_bio_X509) read_certificate = nullptr;
    decltype(&::PEM_write_bio_PrivateKey) write_key = nullptr;
    decltype(&::PEM_write_bio_X509) write_certificate = nullptr;
    decltype(&::RAND_bytes) random_bytes = nullptr;
    decltype(&::X509V3_EXT_conf_nid) make_extension = nullptr;
    decltype(&::X509_EXTENSION_free) extension_free = nullptr;
    decltype(&::X509_NAME_add_entry_by_txt) add_to_name = nullptr;
    decltype(&::X509_add_ext) add_extension = nullptr;
    decltype(&::X509_check_private_key) check_key = nullptr;
    decltype(&::X509_cmp_time) compare_time = nullptr;
    decltype(&::X509_free) certificate_free = nullptr;
    decltype(&::X509_get0_notAfter) end_of = nullptr;
    decltype(&::X509_get_serialNumber) serial_of = nullptr;
    decltype(&::X509_get_subject_name) subject_of = nullptr;
    decltype(&::X509_getm_notAfter) mutable_end_of = nullptr;
    decltype(&::X509_getm_notBefore) mutable_start_of = nullptr;
    decltype(&::X509_new) certificate_new = nullptr;
    decltype(&::X509_set_issuer_name) set_issuer = nullptr;
    decltype(&::X509_set_pubkey) set_key = nullptr;
    decltype(&::X509_set_version) set_version = nullptr;
    decltype(&::X509_sign) sign = nullptr;
    decltype(&::X509_time_adj_ex) set_time = nullptr;
};

[[nodiscard]] Result<CryptoLibrary> load_crypto_library();

}  // namespace citus_init::security
