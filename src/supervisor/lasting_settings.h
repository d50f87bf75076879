#pragma once

#include "citus_init/base/result.h"
#include "citus_init/settings/settings.h"

namespace citus_init::supervisor {

// Which node this is, of what, and where, is decided at its start: refuses, for SIGHUP, settings
// that say otherwise, and names the first of them. Error: `config`. Pure.
[[nodiscard]] Status check_lasting_settings(const settings::Settings& was,
                                            const settings::Settings& is);

}  // namespace citus_init::supervisor
