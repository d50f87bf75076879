#include "citus_init/security/mesh_certificate.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"

#include "security/certificate_parts.h"
#include "security/cluster_authority.h"
#include "security/own_certificate.h"

namespace citus_init::security {

namespace {

constexpr std::int64_t kClockDifference = 3600;  // between two machines, forgiven

struct Present {
    OwnedCertificate certificate;
    OwnedKey key;
};

bool is_same_key(const CryptoLibrary& crypto, X509* left, X509* right) {
    return crypto.same_public_key(crypto.public_key_of(left), crypto.public_key_of(right)) == 1;
}

bool is_signed_by(const CryptoLibrary& crypto, X509* certificate,
                  const ClusterAuthority& authority) {
    const bool is = crypto.verify_signature(certificate, authority.key.get()) == 1;
    crypto.clear_errors();
    return is;
}

bool fit_together(const CryptoLibrary& crypto, const Present& present) {
    const bool fit = present.certificate && present.key &&
                     crypto.check_key(present.certificate.get(), present.key.get()) == 1;
    crypto.clear_errors();
    return fit;
}

// Why what is there does not serve; "" where it does.
std::string why_renew(const CryptoLibrary& crypto, const Present& present,
                      const ClusterAuthority& authority, const MeshRequest& request,
                      std::int64_t now) {
    if (!fit_together(crypto, present)) {
        return "there was none";
    }
    if (!is_signed_by(crypto, present.certificate.get(), authority)) {
        return "it was of another authority";
    }
    for (const std::string& name : request.names) {
        if (alternative_name(name) && !covers(crypto, present.certificate.get(), name)) {
            return fmt::format("it was not for \"{}\"", name);
        }
    }
    const auto start = seconds_of(crypto, crypto.start_of(present.certificate.get()));
    const auto end = seconds_of(crypto, crypto.end_of(present.certificate.get()));
    if (!start || !end || is_due_for_renewal(*start + kClockDifference, *end, now)) {
        return "two thirds of its life were over";
    }
    if (*start > now) {
        return "it was not valid yet: it was made while the clock was ahead";
    }
    if (*end - (*start + kClockDifference) > request.lifetime.count()) {
        return "it lasted longer than CITUS_CERTIFICATE_LIFETIME";
    }
    return "";
}

std::string alternative_names(const MeshRequest& request) {
    std::vector<std::string> parts;
    const auto add = [&](std::string part) {
        if (std::find(parts.begin(), parts.end(), part) == parts.end()) {
            parts.push_back(std::move(part));
        }
    };
    for (const std::string& name : request.names) {
        const auto part = alternative_name(name);
        if (!part) {
            continue;
        }
        add(*part);
        if (request.addresses_as_names && part->starts_with("IP:")) {
            add("DNS:" + name);
        }
    }
    return join(parts, ",");
}

bool set_time(const CryptoLibrary& crypto, ASN1_TIME* time, std::int64_t seconds) {
    std::time_t since_1970 = seconds;
    return crypto.set_time(time, 0, 0, &since_1970) != nullptr;
}

Result<std::string> issue(const CryptoLibrary& crypto, const ClusterAuthority& authority,
                          EVP_PKEY* key, const MeshRequest& request, std::int64_t now) {
    const auto leaf = owned(crypto.certificate_new(), crypto.certificate_free);
    X509* issuer = authority.certificate.get();
    X509* to = leaf.get();
    if (!leaf || crypto.set_version(to, X509_VERSION_3) != 1 || !set_random_serial(crypto, to) ||
        !set_time(crypto, crypto.mutable_start_of(to), now - kClockDifference) ||
        !set_time(crypto, crypto.mutable_end_of(to), now + request.lifetime.count()) ||
        crypto.set_key(to, key) != 1 ||
        !set_common_name(
            crypto, to,
            request.common_name.empty() ? request.names.front() : request.common_name) ||
        crypto.set_issuer(to, crypto.subject_of(issuer)) != 1 ||
        !add_extension(crypto, to, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(crypto, to, issuer, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(crypto, to, issuer, NID_ext_key_usage, "serverAuth,clientAuth") ||
        !add_extension(crypto, to, issuer, NID_authority_key_identifier, "keyid") ||
        !add_extension(crypto, to, issuer, NID_subject_alt_name, alternative_names(request)) ||
        crypto.sign(to, authority.key.get(), crypto.sha256()) <= 0) {
        return fail(crypto_error(crypto, "the signature"));
    }
    return pem_of(crypto, to);
}

// The own one first. The bytes of two nodes' authorities differ in the signature only.
// True: the file was written.
Result<bool> write_authorities(const CryptoLibrary& crypto, const std::string& path,
                               const std::vector<ClusterAuthority>& authorities) {
    const auto present = certificates_of(crypto, RealFilesystem().read(path).value_or(""));
    if (std::equal(present.begin(), present.end(), authorities.begin(), authorities.end(),
                   [&](const auto& one, const auto& authority) {
                       return is_same_key(crypto, one.get(), authority.certificate.get());
                   })) {
        return false;
    }
    std::string text;
    for (const ClusterAuthority& authority : authorities) {
        const auto pem = pem_of(crypto, authority.certificate.get());
        if (!pem) {
            return fail(pem.error());
        }
        text += *pem;
    }
    CITUS_INIT_TRY(write_file_atomically(path, text, kOwnerOnly));
    return true;
}

Result<std::vector<ClusterAuthority>> derive_authorities(const CryptoLibrary& crypto,
                                                         const Authority& authority) {
    std::vector<ClusterAuthority> derived;
    for (const Secret* secret : {&authority.secret, &authority.trusted_secret}) {
        if (secret->empty() || (!derived.empty() && *secret == authority.secret)) {
            continue;
        }
        auto one = derive_cluster_authority(crypto, *secret);
        if (!one) {
            return fail(one.error());
        }
        derived.push_back(std::move(*one));
    }
    return derived;
}

Status write_new_pair(const CryptoLibrary& crypto, const MeshFiles& files,
                      const ClusterAuthority& authority, const MeshRequest& request,
                      std::int64_t now) {
    const auto key = owned(crypto.generate_key(nullptr, nullptr, "EC", "P-256"), crypto.key_free);
    if (!key) {
        return fail(crypto_error(crypto, "the key"));
    }
    const auto certificate = issue(crypto, authority, key.get(), request, now);
    if (!certificate) {
        return fail(certificate.error());
    }
    const auto key_text = pem_of(crypto, key.get());
    if (!key_text) {
        return fail(key_text.error());
    }
    // Without the old certificate first: a new key beside an old certificate would look whole.
    CITUS_INIT_TRY(remove_file(files.certificate));
    CITUS_INIT_TRY(write_file_atomically(files.private_key, *key_text, kOwnerOnly));
    return write_file_atomically(files.certificate, *certificate, kOwnerOnly);
}

Result<MeshCertificate> ensure_derived(const CryptoLibrary& crypto, const MeshFiles& files,
                                       const MeshRequest& request, std::int64_t now) {
    const auto authorities = derive_authorities(crypto, request.authority);
    if (!authorities) {
        return fail(authorities.error());
    }
    const ClusterAuthority& authority = authorities->front();
    const RealFilesystem disk;
    const Present present{certificate_of(crypto, disk.read(files.certificate).value_or("")),
                          key_of(crypto, disk.read(files.private_key).value_or(""))};
    MeshCertificate result;
    result.why = why_renew(crypto, present, authority, request, now);
    const auto written = write_authorities(crypto, files.authority, *authorities);
    if (!written) {
        return fail(written.error());
    }
    if (result.why.empty()) {
        result.changed = *written;
        result.why = *written ? "the trusted authorities were others" : "";
        result.ends = seconds_of(crypto, crypto.end_of(present.certificate.get())).value_or(0);
        return result;
    }
    result.changed = true;
    result.ends = now + request.lifetime.count();
    if (request.server_is_running && fit_together(crypto, present)) {
        const auto certificate = issue(crypto, authority, present.key.get(), request, now);
        if (!certificate) {
            return fail(certificate.error());
        }
        CITUS_INIT_TRY(write_file_atomically(files.certificate, *certificate, kOwnerOnly));
    } else {
        CITUS_INIT_TRY(write_new_pair(crypto, files, authority, request, now));
    }
    return result;
}

}  // namespace

std::int64_t now_in_seconds() {
    return std::time(nullptr);
}

bool is_due_for_renewal(std::int64_t start, std::int64_t end, std::int64_t now) {
    return now >= end - (end - start) / 3;
}

Result<MeshCertificate> ensure_mesh_certificate(const MeshFiles& files, const MeshRequest& request,
                                                std::int64_t now) {
    if (request.names.empty() || !alternative_name(request.names.front())) {
        return fail(ExitCode::config,
                    fmt::format("cannot make a certificate for the node \"{}\": that is neither a "
                                "host name nor an IP address. Set CITUS_NODE_HOST to one",
                                request.names.empty() ? "" : request.names.front()));
    }
    const auto crypto = load_crypto_library();
    if (!crypto) {
        return fail(crypto.error());
    }
    return request.authority.secret.empty() ? copy_own_certificate(*crypto, files, request, now)
                                            : ensure_derived(*crypto, files, request, now);
}

}  // namespace citus_init::security
