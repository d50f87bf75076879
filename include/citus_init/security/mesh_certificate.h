#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/base/secret.h"

namespace citus_init::security {

// Where the server and libpq find them: PEM, mode 0600.
struct MeshFiles {
    std::string authority;
    std::string certificate;
    std::string private_key;
};

// Who signs: the authority that is derived from a secret, or the user's own, who then brings the
// certificate along.
struct Authority {
    Secret secret;
    Secret trusted_secret;  // nodes that this one's authority signs are trusted, too; "" = none
    std::string ca_path;    // these three only without a secret
    std::string certificate_path;
    std::string key_path;
};

struct MeshRequest {
    Authority authority;
    std::vector<std::string> names;  // of the node, the registered one first
    std::string common_name{};       // of a certificate that we sign; "" = the first name
    // An address among the names stands as a DNS name, too: pgBackRest 2.45 looks at no other.
    bool addresses_as_names = false;
    std::chrono::seconds lifetime{0};  // of a certificate that we sign
    bool server_is_running = false;    // then a key that serves is kept
};

struct MeshCertificate {
    bool changed = false;   // a running server has to reload its files
    std::string why;        // it was changed: "two thirds of its life are over"
    std::int64_t ends = 0;  // seconds since 1970
};

// Seconds since 1970.
std::int64_t now_in_seconds();

// Two thirds of the time from `start` to `end` are over.
bool is_due_for_renewal(std::int64_t start, std::int64_t end, std::int64_t now);

// Makes sure that the files hold an authority, a certificate of it for all the names, good for
// server and client, and its key (EC P-256). What serves is kept; a certificate of a secret is
// made anew when it is missing, does not fit its key, is of another authority, lacks a name, is not
// valid yet, lasts longer than `lifetime` or is due for renewal. The user's own files are checked
// and copied: the key must fit the certificate, which must end in that authority, be within its
// time and cover the first name.
//
// Each file is replaced in one step. With a derived authority a running server's key stays, so that
// whoever reads certificate and key one after the other always finds a pair. Names that no
// certificate can hold are left out but for the first. The authority's key is never written.
//
// Loads libcrypto.so.3. Errors: `config` for the user's files and for the first name, `os` without
// libcrypto, those of write_file_atomically(). No error holds a secret.
[[nodiscard]] Result<MeshCertificate> ensure_mesh_certificate(const MeshFiles& files,
                                                              const MeshRequest& request,
                                                              std::int64_t now);

}  // namespace citus_init::security
