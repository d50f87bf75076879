#pragma once

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "citus_init/base/result.h"

namespace citus_init::security {

// The functions of OpenSSL 3's libcrypto that we call, typed by its own headers, found by dlsym(3).
struct CryptoLibrary {
    decltype(&::ASN1_INTEGER_set_uint64) set_integer = nullptr;
    decltype(&::ASN1_TIME_set_string) set_time_text = nullptr;
    decltype(&::ASN1_TIME_to_tm) time_to_tm = nullptr;
    decltype(&::BIO_ctrl) bio_control = nullptr;
    decltype(&::BIO_free) bio_free = nullptr;
    decltype(&::BIO_new) bio_new = nullptr;
    decltype(&::BIO_new_mem_buf) bio_from_memory = nullptr;
    decltype(&::BIO_s_mem) memory_method = nullptr;
    decltype(&::BN_bin2bn) number_from_bytes = nullptr;
    decltype(&::BN_clear_free) number_free = nullptr;
    decltype(&::BN_cmp) compare_numbers = nullptr;
    decltype(&::BN_is_zero) is_zero = nullptr;
    decltype(&::EC_GROUP_free) group_free = nullptr;
    decltype(&::EC_GROUP_get0_order) order_of = nullptr;
    decltype(&::EC_GROUP_new_by_curve_name) group_new = nullptr;
    decltype(&::EC_POINT_free) point_free = nullptr;
    decltype(&::EC_POINT_mul) multiply = nullptr;
    decltype(&::EC_POINT_new) point_new = nullptr;
    decltype(&::EC_POINT_point2oct) point_to_bytes = nullptr;
    decltype(&::ERR_clear_error) clear_errors = nullptr;
    decltype(&::ERR_error_string_n) error_string = nullptr;
    decltype(&::ERR_get_error) next_error = nullptr;
    decltype(&::EVP_Digest) digest = nullptr;
    decltype(&::EVP_KDF_CTX_free) derivation_free = nullptr;
    decltype(&::EVP_KDF_CTX_new) derivation_new = nullptr;
    decltype(&::EVP_KDF_derive) derive = nullptr;
    decltype(&::EVP_KDF_fetch) derivation_fetch = nullptr;
    decltype(&::EVP_KDF_free) derivation_method_free = nullptr;
    decltype(&::EVP_PKEY_CTX_free) key_context_free = nullptr;
    decltype(&::EVP_PKEY_CTX_new_from_name) key_context_new = nullptr;
    decltype(&::EVP_PKEY_Q_keygen) generate_key = nullptr;
    decltype(&::EVP_PKEY_eq) same_public_key = nullptr;
    decltype(&::EVP_PKEY_free) key_free = nullptr;
    decltype(&::EVP_PKEY_fromdata) key_from_data = nullptr;
    decltype(&::EVP_PKEY_fromdata_init) key_from_data_init = nullptr;
    decltype(&::EVP_sha256) sha256 = nullptr;
    decltype(&::OPENSSL_cleanse) cleanse = nullptr;
    decltype(&::OPENSSL_sk_free) stack_free = nullptr;
    decltype(&::OPENSSL_sk_new_null) stack_new = nullptr;
    decltype(&::OPENSSL_sk_push) stack_push = nullptr;
    decltype(&::OSSL_PARAM_BLD_free) parameters_builder_free = nullptr;
    decltype(&::OSSL_PARAM_BLD_new) parameters_builder_new = nullptr;
    decltype(&::OSSL_PARAM_BLD_push_BN) push_number = nullptr;
    decltype(&::OSSL_PARAM_BLD_push_octet_string) push_bytes = nullptr;
    decltype(&::OSSL_PARAM_BLD_push_utf8_string) push_text = nullptr;
    decltype(&::OSSL_PARAM_BLD_to_param) build_parameters = nullptr;
    decltype(&::OSSL_PARAM_free) parameters_free = nullptr;
    decltype(&::PEM_read_bio_PrivateKey) read_key = nullptr;
    decltype(&::PEM_read_bio_X509) read_certificate = nullptr;
    decltype(&::PEM_write_bio_PrivateKey) write_key = nullptr;
    decltype(&::PEM_write_bio_X509) write_certificate = nullptr;
    decltype(&::RAND_bytes) random_bytes = nullptr;
    decltype(&::X509V3_EXT_conf_nid) make_extension = nullptr;
    decltype(&::X509V3_set_ctx) set_extension_context = nullptr;
    decltype(&::X509_EXTENSION_free) extension_free = nullptr;
    decltype(&::X509_NAME_add_entry_by_txt) add_to_name = nullptr;
    decltype(&::X509_STORE_CTX_free) verification_free = nullptr;
    decltype(&::X509_STORE_CTX_get_error) verification_error = nullptr;
    decltype(&::X509_STORE_CTX_init) verification_init = nullptr;
    decltype(&::X509_STORE_CTX_new) verification_new = nullptr;
    decltype(&::X509_STORE_add_cert) trust_certificate = nullptr;
    decltype(&::X509_STORE_free) store_free = nullptr;
    decltype(&::X509_STORE_new) store_new = nullptr;
    decltype(&::X509_add_ext) add_extension = nullptr;
    decltype(&::X509_check_host) check_host = nullptr;
    decltype(&::X509_check_ip_asc) check_address = nullptr;
    decltype(&::X509_check_private_key) check_key = nullptr;
    decltype(&::X509_check_purpose) check_purpose = nullptr;
    decltype(&::X509_cmp_time) compare_time = nullptr;
    decltype(&::X509_free) certificate_free = nullptr;
    decltype(&::X509_get0_notAfter) end_of = nullptr;
    decltype(&::X509_get0_notBefore) start_of = nullptr;
    decltype(&::X509_get0_pubkey) public_key_of = nullptr;
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
    decltype(&::X509_verify) verify_signature = nullptr;
    decltype(&::X509_verify_cert) verify = nullptr;
    decltype(&::X509_verify_cert_error_string) verification_text = nullptr;
    decltype(&::i2d_PUBKEY) encode_public_key = nullptr;
};

[[nodiscard]] Result<CryptoLibrary> load_crypto_library();

}  // namespace citus_init::security
