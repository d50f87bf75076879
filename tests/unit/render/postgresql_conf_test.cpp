#include "citus_init/render/postgresql_conf.h"

#include <rapidcheck.h>

#include "golden.h"
#include "stack_inputs.h"

namespace citus_init::render {
namespace {

using citus_init::test::expect_golden;

TEST(RenderedConf, OfAPlainServer) {
    expect_golden(render_postgresql_conf(StackFixture().stack()).text, "plain.conf");
}

StackFixture everything() {
    auto node = StackFixture::with_citus();
    node.files.add_file("/etc/it's.conf", "port = 5433");
    node.words = {"-c", "config_file=/etc/it's.conf", "-p", "5434",
                  "--shared_preload_libraries=auto_explain"};
    node.settings.postgresql_conf.yaml["work_mem"] = {"8MB",
                                                      "postgresql.work_mem in /etc/x.yaml, line 2"};
    node.settings.postgresql_conf.block = "# mine\nlog_line_prefix '%m it''s\\\\'\n\nfsync off\n";
    node.environment_guc("citus.shard_count", "64");
    node.environment_guc("log_statement", "a\nb");
    node.settings.postgresql_conf.environment["jit"] = {"off", "CITUS_GUC_JIT\nfsync = off"};
    return node;
}

TEST(RenderedConf, OfACoordinatorWithEveryLayer) {
    expect_golden(render_postgresql_conf(everything().stack()).text, "everything.conf");
}

TEST(RenderedConf, KnowsTheOriginOfEachLine) {
    const auto rendered = render_postgresql_conf(everything().stack());
    int number = 0;
    for (const auto& entry : parse_conf_text(rendered.text, "/x", everything().files).entries) {
        if (entry.name == "fsync") {
            number = entry.line;
        }
    }
    EXPECT_EQ(rendered.origin(number), "CITUS_POSTGRESQL_CONF line 4");
    EXPECT_EQ(rendered.origin(0), "");
    EXPECT_EQ(rendered.origin(1), "");
    EXPECT_EQ(rendered.origin(1000), "");
}

// The file that PostgreSQL reads, and the stack that `explain` shows, are of one opinion.
TEST(RenderedConf, MeansWhatTheStackSays) {
    EXPECT_TRUE(rc::check([] {
        auto node = StackFixture::with_citus();
        const auto value = rc::gen::container<std::string>(rc::gen::distinctFrom('\0'));
        for (const std::string name : {"a", "wal_level", "citus.x", "ssl"}) {
            if (*rc::gen::arbitrary<bool>()) {
                const auto text = *value;
                node.settings.postgresql_conf.yaml[name] = {text, text};
            }
            if (*rc::gen::arbitrary<bool>()) {
                node.environment_guc(name, *value);
            }
        }
        node.conf("a = " + quote_conf_value(*value));
        const auto stack = node.stack();
        const auto parsed = parse_conf_text(render_postgresql_conf(stack).text, "/x", node.files);
        RC_ASSERT(parsed.errors.empty());
        std::map<std::string, std::string> last;
        for (const auto& entry : parsed.entries) {
            last[entry.name] = entry.value;
        }
        for (const auto& [key, text] : last) {
            RC_ASSERT(stack.effective(key) == text);
        }
    }));
}

TEST(ServerCommandArguments, EndWithWhatIsEnforced) {
    const auto node = everything();
    EXPECT_EQ(server_command_arguments(node.stack(), node.arguments(), true),
              (std::vector<std::string>{"-D", "/data", "-c",
                                        "config_file=/data/citus_init/postgresql.conf", "-p",
                                        "5434", "--shared_preload_libraries=auto_explain", "-c",
                                        "hba_file=/data/citus_init/pg_hba.conf", "-c",
                                        "shared_preload_libraries=citus,auto_explain"}));
    EXPECT_EQ(server_command_arguments(StackFixture().stack(), {}, false),
              (std::vector<std::string>{"-D", "/data", "-c",
                                        "config_file=/data/citus_init/postgresql.conf"}));
}

}  // namespace
}  // namespace citus_init::render
