#pragma once

#include "citus_init/ha/backend/backend.h"

namespace citus_init::patroni {

// postgresql.authentication: how Patroni's three users log in.
settings::YamlValue render_authentication(const settings::Settings& settings);

// postgresql.pg_hba: who may come.
settings::YamlValue render_hba(const settings::Settings& settings, const ha::Host& host);

// postgresql.pg_ident: a line more where POSTGRES_USER is another than the server's user.
void add_user_map(const settings::Settings& settings, const ha::Host& host,
                  settings::YamlValue& postgresql);

// restapi, its address aside: certificates and the user.
void add_rest_api_access(const settings::Settings& settings, settings::YamlValue& rest_api);

}  // namespace citus_init::patroni
