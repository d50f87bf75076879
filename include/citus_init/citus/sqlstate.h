#pragma once

#include <string_view>

// The SQLSTATEs that are acted upon, by PostgreSQL's condition names
// (src/backend/utils/errcodes.txt, the manual's appendix A).
namespace citus_init::citus::sqlstate {

inline constexpr const char* kConnectionFailure = "08006";
inline constexpr const char* kFeatureNotSupported = "0A000";
inline constexpr const char* kInvalidParameterValue = "22023";
inline constexpr const char* kUniqueViolation = "23505";
inline constexpr const char* kReadOnlySqlTransaction = "25006";
inline constexpr const char* kTransactionTimeout = "25P04";
inline constexpr const char* kInvalidAuthorizationSpecification = "28000";
inline constexpr const char* kInvalidPassword = "28P01";
inline constexpr const char* kInvalidCatalogName = "3D000";  // no such database
inline constexpr const char* kInvalidSchemaName = "3F000";
inline constexpr const char* kSerializationFailure = "40001";
inline constexpr const char* kDeadlockDetected = "40P01";
inline constexpr const char* kInsufficientPrivilege = "42501";
inline constexpr const char* kUndefinedColumn = "42703";
inline constexpr const char* kUndefinedObject = "42704";
inline constexpr const char* kDuplicateObject = "42710";
inline constexpr const char* kUndefinedFunction = "42883";
inline constexpr const char* kUndefinedTable = "42P01";
inline constexpr const char* kDuplicateDatabase = "42P04";
inline constexpr const char* kDuplicateSchema = "42P06";
inline constexpr const char* kDiskFull = "53100";
inline constexpr const char* kTooManyConnections = "53300";
inline constexpr const char* kObjectNotInPrerequisiteState = "55000";
inline constexpr const char* kLockNotAvailable = "55P03";
inline constexpr const char* kUndefinedFile = "58P01";
inline constexpr const char* kInternalError = "XX000";

// Classes: what SQLSTATEs begin with.
inline constexpr std::string_view kConnectionException = "08";
inline constexpr std::string_view kInvalidAuthorization = "28";
inline constexpr std::string_view kInvalidCatalog = "3D";
inline constexpr std::string_view kOperatorIntervention = "57";
// admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped
inline constexpr std::string_view kShutdown = "57P0";

// The connection failed or broke, or the server is being started or stopped.
constexpr bool is_connection_lost(std::string_view sqlstate) {
    return sqlstate.starts_with(kConnectionException) || sqlstate.starts_with(kShutdown);
}

}  // namespace citus_init::citus::sqlstate
