#include "citus_init/citus/own_schema.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/citus/sqlstate.h"

namespace citus_init::citus {
namespace {

// A database without the schema, or with one of somebody's.
class Database : public Session {
  public:
    SqlResult<Rows> query(const std::string& sql,
                          const std::vector<std::string>& /*parameters*/) override {
        if (sql.find("to_regnamespace") != std::string::npos) {
            return Rows{{{is_missing ? "t" : "f"}}};
        }
        if (sql.find("pg_catalog.pg_class") != std::string::npos) {
            is_examined = true;
            return owner.empty() ? Rows{} : Rows{{{"schema citus_init", owner, "f"}}};
        }
        if (sql == "CREATE SCHEMA citus_init" && !refusal.empty()) {
            return tl::unexpected(SqlError{refusal, "refused", {}, {}});
        }
        is_made = is_made || sql == "CREATE SCHEMA citus_init";
        is_in_transaction =
            sql == "BEGIN" || (is_in_transaction && sql != "COMMIT" && sql != "ROLLBACK");
        return Rows{};
    }

    bool is_missing = true;
    std::string owner;    // no superuser; "" = nothing of somebody else's
    std::string refusal;  // SQLSTATE of CREATE SCHEMA
    bool is_made = false;
    bool is_examined = false;
    bool is_in_transaction = false;
};

TEST(OwnSchema, IsMadeAndNotExaminedWhereItIsMissing) {
    Database database;
    EXPECT_TRUE(ensure_own_schema(database));
    EXPECT_TRUE(database.is_made);
    EXPECT_FALSE(database.is_examined);
    EXPECT_FALSE(database.is_in_transaction);
}

TEST(OwnSchema, IsExaminedWhereItIsThere) {
    Database database;
    database.is_missing = false;
    EXPECT_TRUE(ensure_own_schema(database));
    EXPECT_TRUE(database.is_examined);
    database.owner = "mallory";
    EXPECT_EQ(ensure_own_schema(database).error().sqlstate, sqlstate::kInsufficientPrivilege);
}

TEST(OwnSchema, IsExaminedWhereSomebodyWasQuicker) {
    for (const char* refusal : {sqlstate::kDuplicateSchema, sqlstate::kUniqueViolation}) {
        Database database;
        database.refusal = refusal;
        EXPECT_TRUE(ensure_own_schema(database)) << refusal;
        EXPECT_TRUE(database.is_examined) << refusal;
        database.owner = "mallory";
        const auto ensured = ensure_own_schema(database);
        ASSERT_FALSE(ensured) << refusal;
        EXPECT_EQ(ensured.error().sqlstate, sqlstate::kInsufficientPrivilege);
        EXPECT_FALSE(database.is_in_transaction);
    }
}

TEST(OwnSchema, IsNotPromisedWhereItCannotBeMade) {
    Database database;
    database.refusal = sqlstate::kDiskFull;
    const auto ensured = ensure_own_schema(database);
    ASSERT_FALSE(ensured);
    EXPECT_EQ(ensured.error().sqlstate, sqlstate::kDiskFull);
    EXPECT_FALSE(database.is_in_transaction);
}

}  // namespace
}  // namespace citus_init::citus
