#pragma once

#include <string>
#include <string_view>

#include "citus_init/base/durability.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// Moves a cluster that was made in the subdirectory `name` of a data directory, which may be the
// root of a volume, up into it, with its mode; PG_VERSION last. Goes on where it was cut off, and
// does nothing where the subdirectory is gone. Durable when it returns, unless `durability` leaves
// that to the caller. Errors from errno.
[[nodiscard]] Status adopt_directory(const std::string& data_directory, std::string_view name,
                                     Durability durability = Durability::synced);

// The other way: moves all of a data directory but the entry `kept` into its subdirectory `name`,
// which is made where it is missing; PG_VERSION first, so that nothing half moved is taken for a
// cluster. Goes on where it was cut off. Durable when it returns. Errors from errno.
[[nodiscard]] Status set_aside_cluster(const std::string& data_directory, std::string_view name,
                                       std::string_view kept);

}  // namespace citus_init::postgres
