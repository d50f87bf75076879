#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"

#include "security/certificate_parts.h"

namespace citus_init::security {

// The authority that signs the nodes' certificates: the same on every node with the same secret.
// Its key lives in this object only.
struct ClusterAuthority {
    OwnedKey key;
    OwnedCertificate certificate;
};

// HKDF (RFC 5869, SHA-256) of the secret gives a private key of P-256; the certificate has a fixed
// subject, serial number and validity. Only its signature differs from node to node, since ECDSA's
// nonce is random; a trust anchor is known by its key and subject, so each copy verifies all nodes.
[[nodiscard]] Result<ClusterAuthority> derive_cluster_authority(const CryptoLibrary& crypto,
                                                                const Secret& secret);

}  // namespace citus_init::security
