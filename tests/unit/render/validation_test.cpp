#include "citus_init/render/validation.h"

#include <algorithm>

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

constexpr const char* kShadow = "/shadow";

StackFixture whole_cluster() {
    auto node = StackFixture::with_citus();
    node.files.add_file("/data/PG_VERSION", "15\n");
    node.files.add_file("/data/global/pg_control", "control");
    node.files.add_file("/data/postgresql.auto.conf", "jit = 'off'\n");
    return node;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(Validation, AsksForWhatNeedsTheLibraries) {
    auto node = whole_cluster();
    node.words = {"-c", "fsync=off"};
    const auto stack = node.stack();
    const auto conf = render_postgresql_conf(stack);
    const auto validation = plan_validation(stack, conf, node.arguments(), kShadow, node.files);
    EXPECT_TRUE(validation.complete);
    EXPECT_EQ(validation.files, (std::vector<std::pair<std::string, std::string>>{
                                    {"postgresql.conf", conf.text},
                                    {"postgresql.auto.conf", "jit = 'off'\n"},
                                    {"global/pg_control", "control"},
                                    {"PG_VERSION", "15\n"}}));
    EXPECT_EQ(
        std::vector<std::string>(validation.arguments.begin(), validation.arguments.begin() + 10),
        (std::vector<std::string>{"-C", "shared_memory_size", "-D", "/shadow", "-c",
                                  "config_file=/shadow/postgresql.conf", "-c", "fsync=off", "-c",
                                  "shared_preload_libraries=citus"}));
    EXPECT_TRUE(holds(validation.arguments, "data_directory=/shadow"));
    EXPECT_EQ(validation.arguments.back(), "ssl=off");  // our certificate may be yet to be made
}

// 13 and 14 answer "unrecognized configuration parameter" to shared_memory_size.
TEST(Validation, AsksOlderServersForWhatTheyHave) {
    auto node = whole_cluster();
    for (const auto& [major, asked] :
         {std::pair(13, "shared_buffers"), std::pair(14, "shared_buffers"),
          std::pair(15, "shared_memory_size"), std::pair(18, "shared_memory_size"),
          std::pair(0, "shared_memory_size")}) {
        node.versions.postgres = major;
        const auto stack = node.stack();
        const auto validation = plan_validation(stack, render_postgresql_conf(stack),
                                                node.arguments(), kShadow, node.files);
        EXPECT_EQ(validation.arguments[1], asked) << major;
        EXPECT_EQ(validation.loads_libraries, validation.arguments[1] == "shared_memory_size");
        EXPECT_TRUE(validation.complete);
    }
}

// PostgreSQL 15 takes a time that grows with the square of their number.
TEST(Validation, LeavesOutSettingsOfLibrariesBeyondAnyUse) {
    auto node = whole_cluster();
    for (int i = 0; i < 5'000; ++i) {
        node.words.insert(node.words.end(), {"-c", "some.setting_" + std::to_string(i) + "=x"});
        node.settings.postgresql_conf.block += "other.setting_" + std::to_string(i) + " = 'x'\n";
    }
    node.words.insert(node.words.end(), {"-c", "work_mem=8Q"});
    node.settings.postgresql_conf.block += "jit = maybe\n";
    const auto stack = node.stack();
    const auto conf = render_postgresql_conf(stack);
    const auto validation = plan_validation(stack, conf, node.arguments(), kShadow, node.files);
    EXPECT_LT(validation.arguments.size(), 1'200U);
    EXPECT_TRUE(holds(validation.arguments, "some.setting_0=x"));
    EXPECT_TRUE(holds(validation.arguments, "work_mem=8Q"));
    const std::string& text = validation.files.front().second;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              std::count(conf.text.begin(), conf.text.end(), '\n'));  // messages name lines
    EXPECT_NE(text.find("other.setting_0 = 'x'\n"), std::string::npos);
    EXPECT_EQ(text.find("other.setting_4999"), std::string::npos);
    EXPECT_NE(text.find("jit = maybe\n"), std::string::npos);
}

TEST(Validation, LeavesTheUsersOwnCertificateToTheServer) {
    auto node = whole_cluster();
    node.words = {"-l"};
    const auto stack = node.stack();
    const auto validation = plan_validation(stack, render_postgresql_conf(stack), node.arguments(),
                                            kShadow, node.files);
    EXPECT_FALSE(holds(validation.arguments, "ssl=off"));
}

TEST(Validation, AsksForLessOfAnEmptyDirectory) {
    const auto node = StackFixture::with_citus();
    const auto stack = node.stack();
    const auto validation = plan_validation(stack, render_postgresql_conf(stack), node.arguments(),
                                            kShadow, node.files);
    EXPECT_FALSE(validation.complete);
    EXPECT_EQ(validation.files.size(), 2u);
    EXPECT_TRUE(holds(validation.arguments, "shared_buffers"));
}

class Messages : public ::testing::Test {
  protected:
    Messages() : node(StackFixture::with_citus()) {
        node.settings.postgresql_conf.block = "max_wal_senders = 10\n";
        node.environment_guc("wal_level", "minimal");
        node.settings.postgresql_conf.yaml["work_mem"] = {"8Q", "x.yaml postgresql.work_mem"};
        node.conf("superuser_reserved_connections = 100\nmax_connections = 50");
        node.words = {"-c", "work_mem=9Q", "-p", "99999"};
    }

    std::vector<std::string> texts(const std::string& messages, int exit_code = 1) {
        const auto stack = node.stack();
        std::vector<std::string> result;
        for (const auto& problem :
             read_validation(exit_code, messages, stack, render_postgresql_conf(stack), kShadow)) {
            result.push_back(problem.text());
        }
        return result;
    }

    // Where our file holds `text`.
    int line_of(const std::string& text) {
        const std::string conf = render_postgresql_conf(node.stack()).text;
        return static_cast<int>(
                   std::count(conf.begin(),
                              conf.begin() + static_cast<std::ptrdiff_t>(conf.find(text)), '\n')) +
               1;
    }

    StackFixture node;
};

using Texts = std::vector<std::string>;

// The messages are PostgreSQL 15's own.
TEST_F(Messages, AreNothingWhenTheServerIsContent) {
    EXPECT_EQ(texts("LOG:  skipping missing configuration file \"/x\"\n", 0), Texts{});
}

TEST_F(Messages, NameTheVariableBehindALineOfOurFile) {
    const std::string line = std::to_string(line_of("max_wal_senders"));
    EXPECT_EQ(texts("LOG:  unrecognized configuration parameter \"max_wal_sender\" in file "
                    "\"/shadow/postgresql.conf\" line " +
                    line +
                    "\n"
                    "FATAL:  configuration file \"/shadow/postgresql.conf\" contains errors\n"),
              Texts{"CITUS_POSTGRESQL_CONF line 1: unrecognized configuration parameter "
                    "\"max_wal_sender\". Did you mean max_wal_senders?"});
}

TEST_F(Messages, NameTheLineOfTheUsersOwnFile) {
    EXPECT_EQ(
        texts("LOG:  unrecognized configuration parameter \"qqqqqqqqq\" in file "
              "\"/data/postgresql.conf\" line 7\n"),
        Texts{"/data/postgresql.conf:7: unrecognized configuration parameter \"qqqqqqqqq\" in "
              "file \"/data/postgresql.conf\" line 7. Correct its name, or remove it."});
}

TEST_F(Messages, NameTheLayerWhoseValueWasRefused) {
    EXPECT_EQ(texts("2026-11-22 14:49:31.506 GMT [22216] FATAL:  invalid value for parameter "
                    "\"work_mem\": \"8Q\"\n"
                    "2026-11-22 14:49:31.506 GMT [22216] HINT:  Valid units for this parameter are "
                    "\"B\", \"kB\".\n"),
              Texts{"x.yaml postgresql.work_mem: invalid value for parameter \"work_mem\": \"8Q\". "
                    "Valid units for this parameter are \"B\", \"kB\"."});
    EXPECT_EQ(
        texts("FATAL:  99999 is outside the valid range for parameter \"port\" (1 .. 65535)\n"),
        Texts{"-p 99999: 99999 is outside the valid range for parameter \"port\" (1 .. "
              "65535). Correct or remove the setting."});
}

TEST_F(Messages, NameEverySettingThatASentenceIsAbout) {
    EXPECT_EQ(
        texts("FATAL:  WAL streaming (max_wal_senders > 0) requires wal_level \"replica\" or "
              "\"logical\"\n"),
        Texts{"CITUS_POSTGRESQL_CONF line 1 and CITUS_GUC_X: WAL streaming (max_wal_senders > "
              "0) requires wal_level \"replica\" or \"logical\". Correct or remove the "
              "setting."});
    EXPECT_EQ(texts("postgres: superuser_reserved_connections (100) must be less than "
                    "max_connections (50)\n"),
              Texts{"/data/postgresql.conf:1 and /data/postgresql.conf:2: "
                    "superuser_reserved_connections (100) must be less than max_connections (50). "
                    "Correct or remove the setting."});
}

TEST_F(Messages, NameWhoWantedAMissingLibrary) {
    node.environment_guc("shared_preload_libraries", "nope");
    EXPECT_EQ(texts("FATAL:  could not access file \"nope\": No such file or directory\n"),
              Texts{"CITUS_GUC_X: could not access file \"nope\": No "
                    "such file or directory. Install the package that has it, or take it out of "
                    "shared_preload_libraries."});
}

TEST_F(Messages, AreNeverLost) {
    EXPECT_EQ(texts("FATAL:  Citus has to be loaded first\nHINT:  Place citus at the beginning.\n"),
              Texts{"PostgreSQL: Citus has to be loaded first. Place citus at the beginning."});
    EXPECT_EQ(texts("Segmentation fault", 139),
              Texts{"PostgreSQL: its check of the configuration ended with status 139: "
                    "Segmentation fault. See the message."});
    EXPECT_EQ(texts("").size(), 1u);
}

TEST(ValidationFingerprint, ChangesWithEverythingThatCounts) {
    auto node = whole_cluster();
    node.files.add_file("/bin/postgres", "elf");
    const auto fingerprint = [](const StackFixture& of) {
        return validation_fingerprint(of.stack(), of.arguments(), {"/bin/postgres", "/citus.so"},
                                      of.files);
    };
    const std::string before = fingerprint(node);
    EXPECT_EQ(before, fingerprint(node));
    std::vector<StackFixture> changed(6, node);
    changed[0].environment_guc("work_mem", "8MB");
    changed[1].conf("a = b");
    changed[2].words = {"-F"};
    changed[3].files.add_file("/bin/postgres", "other");
    changed[4].files.add_file("/citus.so", "elf");
    changed[5].settings.citus.enable = false;
    for (const auto& other : changed) {
        EXPECT_NE(before, fingerprint(other));
    }
    node.files.add_file("/data/unrelated", "x");
    EXPECT_EQ(before, fingerprint(node));
}

}  // namespace
}  // namespace citus_init::render
