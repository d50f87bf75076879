#include "citus_init/node/output_plugins.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::node {
namespace {

using Names = std::vector<std::string>;

const std::string kLiteral("output_plugin_libraries\0", 24);
// What is read at once.
constexpr std::size_t kPart = std::size_t{256} * 1024;

class OutputPlugins : public ::testing::Test {
  protected:
    void server_is(const std::string& program) const {
        std::filesystem::create_symlink(program, directory_ / "postgres");
    }
    [[nodiscard]] Names plugins() const {
        return output_plugins(directory_.path(), directory_ / "citus.so");
    }

    postgres::Scratch directory_;
};

TEST_F(OutputPlugins, OfAProgramThatHasTheSetting) {
    server_is("/proc/self/exe");  // this one, with the code under test
    EXPECT_EQ(plugins(), Names({"citus"}));
    directory_.write("wal2json.so", "");
    EXPECT_EQ(plugins(), Names({"citus", "wal2json"}));
    EXPECT_EQ(output_plugins(directory_.path(), ""), Names()) << "no Citus";
}

TEST_F(OutputPlugins, NoneOfAProgramThatHasItNot) {
    EXPECT_EQ(plugins(), Names()) << "no program";
    server_is("/bin/true");
    EXPECT_EQ(plugins(), Names());
}

TEST_F(OutputPlugins, OfAProgramThatIsNoElfFileWherePartsMeet) {
    for (std::size_t before = kPart - kLiteral.size() - 1; before <= kPart + 1; ++before) {
        directory_.write("postgres", std::string(before, 'x') + kLiteral);
        ASSERT_EQ(plugins(), Names({"citus"})) << before;
        directory_.write("postgres", std::string(before, 'x') + kLiteral.substr(0, 23));
        ASSERT_EQ(plugins(), Names()) << before;
    }
    directory_.write("postgres", kLiteral);
    EXPECT_EQ(plugins(), Names({"citus"}));
    directory_.write("postgres", "");
    EXPECT_EQ(plugins(), Names());
    std::filesystem::remove(directory_ / "postgres");
    directory_.make_directory("postgres");
    EXPECT_EQ(plugins(), Names());
}

}  // namespace
}  // namespace citus_init::node
