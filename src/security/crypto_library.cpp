#include "security/crypto_library.h"

#include <fmt/core.h>

#include "citus_init/base/dynamic_library.h"
#include "citus_init/security/certificate.h"

namespace citus_init::security {

namespace {

void find_certificate_functions(DynamicLibrary& symbols, CryptoLibrary& crypto) {
    symbols.find("ASN1_INTEGER_set_uint64", crypto.set_integer);
    symbols.find("ASN1_TIME_set_string", crypto.set_time_text);
    symbols.find("ASN1_TIME_to_tm", crypto.time_to_tm);
    symbols.find("BIO_ctrl", crypto.bio_control);
    symbols.find("BIO_free", crypto.bio_free);
    symbols.find("BIO_new", crypto.bio_new);
    symbols.find("BIO_new_mem_buf", crypto.bio_from_memory);
    symbols.find("BIO_s_mem", crypto.memory_method);
    symbols.find("PEM_read_bio_PrivateKey", crypto.read_key);
    symbols.find("PEM_read_bio_X509", crypto.read_certificate);
    symbols.find("PEM_write_bio_PrivateKey", crypto.write_key);
    symbols.find("PEM_write_bio_X509", crypto.write_certificate);
    symbols.find("X509V3_EXT_conf_nid", crypto.make_extension);
    symbols.find("X509V3_set_ctx", crypto.set_extension_context);
    symbols.find("X509_EXTENSION_free", crypto.extension_free);
    symbols.find("X509_NAME_add_entry_by_txt", crypto.add_to_name);
    symbols.find("X509_STORE_CTX_free", crypto.verification_free);
    symbols.find("X509_STORE_CTX_get_error", crypto.verification_error);
    symbols.find("X509_STORE_CTX_init", crypto.verification_init);
    symbols.find("X509_STORE_CTX_new", crypto.verification_new);
    symbols.find("X509_STORE_add_cert", crypto.trust_certificate);
    symbols.find("X509_STORE_free", crypto.store_free);
    symbols.find("X509_STORE_new", crypto.store_new);
    symbols.find("X509_add_ext", crypto.add_extension);
    symbols.find("X509_check_host", crypto.check_host);
    symbols.find("X509_check_ip_asc", crypto.check_address);
    symbols.find("X509_check_private_key", crypto.check_key);
    symbols.find("X509_check_purpose", crypto.check_purpose);
    symbols.find("X509_cmp_time", crypto.compare_time);
    symbols.find("X509_free", crypto.certificate_free);
    symbols.find("X509_get0_notAfter", crypto.end_of);
    symbols.find("X509_get0_notBefore", crypto.start_of);
    symbols.find("X509_get0_pubkey", crypto.public_key_of);
    symbols.find("X509_get_serialNumber", crypto.serial_of);
    symbols.find("X509_get_subject_name", crypto.subject_of);
    symbols.find("X509_getm_notAfter", crypto.mutable_end_of);
    symbols.find("X509_getm_notBefore", crypto.mutable_start_of);
    symbols.find("X509_new", crypto.certificate_new);
    symbols.find("X509_set_issuer_name", crypto.set_issuer);
    symbols.find("X509_set_pubkey", crypto.set_key);
    symbols.find("X509_set_version", crypto.set_version);
    symbols.find("X509_sign", crypto.sign);
    symbols.find("X509_time_adj_ex", crypto.set_time);
    symbols.find("X509_verify", crypto.verify_signature);
    symbols.find("X509_verify_cert", crypto.verify);
    symbols.find("X509_verify_cert_error_string", crypto.verification_text);
}

void find_key_functions(DynamicLibrary& symbols, CryptoLibrary& crypto) {
    symbols.find("BN_bin2bn", crypto.number_from_bytes);
    symbols.find("BN_clear_free", crypto.number_free);
    symbols.find("BN_cmp", crypto.compare_numbers);
    symbols.find("BN_is_zero", crypto.is_zero);
    symbols.find("EC_GROUP_free", crypto.group_free);
    symbols.find("EC_GROUP_get0_order", crypto.order_of);
    symbols.find("EC_GROUP_new_by_curve_name", crypto.group_new);
    symbols.find("EC_POINT_free", crypto.point_free);
    symbols.find("EC_POINT_mul", crypto.multiply);
    symbols.find("EC_POINT_new", crypto.point_new);
    symbols.find("EC_POINT_point2oct", crypto.point_to_bytes);
    symbols.find("ERR_clear_error", crypto.clear_errors);
    symbols.find("ERR_error_string_n", crypto.error_string);
    symbols.find("ERR_get_error", crypto.next_error);
    symbols.find("EVP_Digest", crypto.digest);
    symbols.find("EVP_KDF_CTX_free", crypto.derivation_free);
    symbols.find("EVP_KDF_CTX_new", crypto.derivation_new);
    symbols.find("EVP_KDF_derive", crypto.derive);
    symbols.find("EVP_KDF_fetch", crypto.derivation_fetch);
    symbols.find("EVP_KDF_free", crypto.derivation_method_free);
    symbols.find("EVP_PKEY_CTX_free", crypto.key_context_free);
    symbols.find("EVP_PKEY_CTX_new_from_name", crypto.key_context_new);
    symbols.find("EVP_PKEY_Q_keygen", crypto.generate_key);
    symbols.find("EVP_PKEY_eq", crypto.same_public_key);
    symbols.find("EVP_PKEY_free", crypto.key_free);
    symbols.find("EVP_PKEY_fromdata", crypto.key_from_data);
    symbols.find("EVP_PKEY_fromdata_init", crypto.key_from_data_init);
    symbols.find("EVP_sha256", crypto.sha256);
    symbols.find("OPENSSL_cleanse", crypto.cleanse);
    symbols.find("OPENSSL_sk_free", crypto.stack_free);
    symbols.find("OPENSSL_sk_new_null", crypto.stack_new);
    symbols.find("OPENSSL_sk_push", crypto.stack_push);
    symbols.find("OSSL_PARAM_BLD_free", crypto.parameters_builder_free);
    symbols.find("OSSL_PARAM_BLD_new", crypto.parameters_builder_new);
    symbols.find("OSSL_PARAM_BLD_push_BN", crypto.push_number);
    symbols.find("OSSL_PARAM_BLD_push_octet_string", crypto.push_bytes);
    symbols.find("OSSL_PARAM_BLD_push_utf8_string", crypto.push_text);
    symbols.find("OSSL_PARAM_BLD_to_param", crypto.build_parameters);
    symbols.find("OSSL_PARAM_free", crypto.parameters_free);
    symbols.find("RAND_bytes", crypto.random_bytes);
    symbols.find("i2d_PUBKEY", crypto.encode_public_key);
}

}  // namespace

Result<CryptoLibrary> load_crypto_library() {
    auto symbols = DynamicLibrary::open(kCryptoLibrary);
    if (!symbols) {
        return fail(ExitCode::os,
                    fmt::format("cannot load {}: {}. Install OpenSSL 3 (Debian: libssl3) "
                                "or set ssl, ssl_cert_file and ssl_key_file yourself",
                                kCryptoLibrary, symbols.error().message));
    }
    CryptoLibrary crypto;
    find_certificate_functions(*symbols, crypto);
    find_key_functions(*symbols, crypto);
    if (!symbols->missing().empty()) {
        return fail(ExitCode::os, fmt::format("{} has no {}: OpenSSL 3 is needed", kCryptoLibrary,
                                              symbols->missing()));
    }
    return crypto;
}

}  // namespace citus_init::security
