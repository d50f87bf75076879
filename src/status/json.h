#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "citus_init/base/host_port.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/recovery.h"
#include "citus_init/status/condition.h"
#include "citus_init/status/node_status.h"

namespace citus_init::status {

// The parts that reports and the state file share. What is empty is left out; what is missing or of
// another kind is read as empty. Never throw.

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json& json);

Json json_of(const HostPort& address);
Json json_of(const Condition& condition);
Json json_of(const citus::RecoveryProgress& progress);
Json json_of(const Membership& membership);
Json json_of(const ArchivingStatus& archiving);
Json json_of(const BackupStatus& backup);

// Sets the key, unless there is no condition.
void put(Json& object, const char* key, const Condition& condition);
// The same, unless there was no pass.
void put(Json& object, const char* key, const ReconcilePasses& passes);

std::optional<HostPort> address_at(const Json& object, const char* key);
Condition condition_at(const Json& object, const char* key);
ReconcilePasses passes_at(const Json& object, const char* key);
std::optional<citus::RecoveryProgress> recovery_at(const Json& object, const char* key);
Membership membership_of(const Json& object);
std::optional<ArchivingStatus> archiving_at(const Json& object, const char* key);
std::optional<BackupStatus> backup_at(const Json& object, const char* key);
std::optional<citus::PlaceState> place_state_at(const Json& object, const char* key);

// The value of a key; null if the object does not have the key.
const Json& at(const Json& object, const char* key);

// The enumerator that a key names, of those from 0 to `last`; none where none has that name.
template <typename Enumeration, typename NameOf>
std::optional<Enumeration> enumerator_at(const Json& object, const char* key, Enumeration last,
                                         const NameOf& name_of) {
    const std::string name = text_at(object, key);
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (name == name_of(static_cast<Enumeration>(i))) {
            return static_cast<Enumeration>(i);
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::status
