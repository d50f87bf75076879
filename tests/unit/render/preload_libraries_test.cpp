#include "citus_init/render/preload_libraries.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::render {
namespace {

TEST(CitusFirst, PutsCitusBeforeTheUsersLibraries) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"", "citus"},
        {"citus", "citus"},
        {"pg_stat_statements", "citus,pg_stat_statements"},
        {" auto_explain , citus,pg_stat_statements", "citus,auto_explain,pg_stat_statements"},
        {"a,b,a,citus,citus", "citus,a,b"},
        {"$libdir/citus, a", "$libdir/citus,a"},
        {"a,/opt/citus.so", "/opt/citus.so,a"},
        {"citus_columnar", "citus,citus_columnar"},
        {"\"my lib\",Camel", "citus,\"my lib\",Camel"},
        {"\"we\"\"ird\"", "citus,\"we\"\"ird\""},
        {"a,,b,", "citus,a,b"},
        {"\"open", "citus,open"}};
    for (const auto& [given, expected] : table) {
        EXPECT_EQ(citus_first(given), expected) << given;
        EXPECT_EQ(citus_first(citus_first(given)), expected) << given;
    }
}

TEST(SplitLibraries, UndoesJoinLibraries) {
    EXPECT_TRUE(rc::check([] {
        const auto libraries = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(
            rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,\" '$/.")))));
        RC_ASSERT(split_libraries(join_libraries(libraries)) == libraries);
    }));
}

}  // namespace
}  // namespace citus_init::render
