#pragma once

#include "citus_init/base/result.h"
#include "citus_init/security/mesh_certificate.h"

#include "security/crypto_library.h"

namespace citus_init::security {

// The user's own certificate: checked, then copied, since PostgreSQL wants the key to be its own.
[[nodiscard]] Result<MeshCertificate> copy_own_certificate(const CryptoLibrary& crypto,
                                                           const MeshFiles& files,
                                                           const MeshRequest& request,
                                                           std::int64_t now);

}  // namespace citus_init::security
