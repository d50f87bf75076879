#include "citus_init/render/library_check.h"

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

TEST(LibraryCheck, NamesWhatIsNotThere) {
    auto node = StackFixture::with_citus();
    node.files.add_file("/usr/lib/postgresql/15/lib/auto_explain.so", "");
    node.environment_guc("shared_preload_libraries", "auto_explain, $libdir/pg_cron, /opt/a.so");
    const auto missing = [&] {
        return missing_libraries(node.stack(), "/usr/lib/postgresql/15/bin", node.files);
    };
    EXPECT_TRUE(missing().empty());  // where is $libdir?
    node.files.add_file("/usr/lib/postgresql/15/lib/plpgsql.so", "");
    ASSERT_EQ(missing().size(), 2);
    EXPECT_NE(missing()[0].reason.find("pg_cron"), std::string::npos);
    EXPECT_NE(missing()[1].reason.find("/opt/a.so"), std::string::npos);
    node.files.add_file("/opt/a.so", "");
    node.files.add_file("/usr/lib/postgresql/15/lib/pg_cron.so", "");
    EXPECT_TRUE(missing().empty());
}

}  // namespace
}  // namespace citus_init::render
