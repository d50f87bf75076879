#pragma once

#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What is wrong with the files of CITUS_TLS_CA_PATH, CITUS_TLS_CERT_PATH and CITUS_TLS_KEY_PATH as
// far as it shows without libcrypto: one that this user cannot read, or that is no PEM of its kind.
// All of them; empty where none is set. As the server's user.
std::vector<settings::Problem> tls_file_problems(const settings::CitusSettings& settings,
                                                 const Filesystem& files);

}  // namespace citus_init::node
