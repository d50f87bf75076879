#pragma once

#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// Before Patroni starts, with no server: what the record beside the data directory leaves open
// (postgres/creation_record.h). A cluster whose bootstrap the group's `initialize` key says was
// completed is whole. One that is not is set aside, and the key is released, so that a member can
// bootstrap the group anew. Without the key nobody knows. `settings` have `patroni`; `etcd` is null
// where the store is another one. Blocks as EtcdClient::read(). Errors: `data_directory`, nobody
// can say whether the cluster is whole, or it cannot be moved; `unavailable`.
[[nodiscard]] Status settle_interrupted_bootstrap(const settings::Settings& settings,
                                                  patroni::EtcdClient* etcd);

}  // namespace citus_init::agent
