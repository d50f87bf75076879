#include "citus_init/postgres/init_files.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs the real bash over the scratch directory's init.d, with a psql that tells how it was called.
class InitFiles : public ::testing::Test {
  protected:
    struct Outcome {
        int exit_code = -1;
        bool completed = false;
        std::string output;  // stdout and stderr
        std::vector<std::string> begun;
    };

    InitFiles() {
        scratch_.make_directory("init.d");
        scratch_.write("bin/psql",
                       "#!/bin/bash\n"
                       "printf 'psql:%s PGHOST=[%s]\\n' \"$*\" \"$PGHOST\"\n"
                       "case \" $* \" in *' -f '*) cat \"${@: -1}\" ;; *) cat ;; esac\n",
                       0755);
    }

    void add(const std::string& name, const std::string& content, mode_t mode = 0644) const {
        scratch_.write("init.d/" + name, content, mode);
    }
    // The file as `tool` packs it.
    void add_packed(const std::string& name, const std::string& content,
                    const std::string& tool) const {
        scratch_.write("plain", content);
        const std::string command =
            tool + " -c <'" + scratch_ / "plain" + "' >'" + scratch_ / ("init.d/" + name) + "'";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }

    Outcome run(const std::string& locale = "C",
                const std::vector<std::string>& left_out = {}) const {
        auto launch = init_files_launch(
            scratch_ / "init.d",
            {"PATH=" + scratch_ / "bin" + ":" + std::getenv("PATH"), "POSTGRES_USER=me",
             "POSTGRES_DB=mine", "PGHOST=elsewhere", "LC_ALL=" + locale, "ROOT=" + scratch_.path()},
            left_out);
        EXPECT_TRUE(launch);
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        Fd read_end(ends[0]);
        Fd write_end(ends[1]);
        launch->command.descriptors.emplace_back(write_end.get(), STDOUT_FILENO);
        launch->command.descriptors.emplace_back(write_end.get(), STDERR_FILENO);
        const auto pid = process::spawn(launch->command);
        EXPECT_TRUE(pid);
        write_end.reset();
        Outcome outcome;
        std::array<char, 4096> buffer{};
        ssize_t count = 0;
        while ((count = ::read(read_end.get(), buffer.data(), buffer.size())) > 0) {
            outcome.output.append(buffer.data(), static_cast<std::size_t>(count));
        }
        int status = 0;
        ::waitpid(*pid, &status, 0);
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        outcome.completed = init_files_completed(*launch);
        outcome.begun = init_files_progress(*launch).begun;
        return outcome;
    }

    std::string says(const std::string& verb, const std::string& name) const {
        return "/usr/local/bin/docker-entrypoint.sh: " + verb + " " +
               scratch_ / ("init.d/" + name) + "\n";
    }

    Scratch scratch_;
};

TEST_F(InitFiles, RunWhatIsExecutableAndSourceTheRest) {
    add("1.sh", "#!/bin/sh\necho run by $0\nexit_is_ours=1\n", 0755);
    add("2.sh", "echo \"sourced into $0, [$exit_is_ours]\"; shared=kept\n");
    add("3.sh", "echo \"variable $shared\"; return; echo never\n");
    add("4.sh", "echo no interpreter line\n", 0755);
    add("notes.txt", "");
    add(".hidden.sh", "echo never\n");
    const auto [exit_code, completed, output, begun] = run();
    EXPECT_EQ(exit_code, 0) << output;
    EXPECT_TRUE(completed);
    EXPECT_THAT(output, HasSubstr(says("running", "1.sh") + "run by "));
    EXPECT_THAT(output, HasSubstr(says("sourcing", "2.sh") +
                                  "sourced into /usr/local/bin/docker-entrypoint.sh, []"));
    EXPECT_THAT(output, HasSubstr("variable kept"));
    EXPECT_THAT(output, HasSubstr("no interpreter line"));
    EXPECT_THAT(output, HasSubstr(says("ignoring", "notes.txt")));
    EXPECT_THAT(output, Not(HasSubstr("never")));
}

TEST_F(InitFiles, ReportHowFarTheyAreAndLeaveOutWhatHasRunBefore) {
    add("1.sh", "echo never\n");
    add("2 two.sh", "echo second\n");
    add("3.sh", "exit 5\n");
    add("4.sh", "echo never\n");
    const auto outcome = run("C", {"1.sh", "two.sh"});
    EXPECT_EQ(outcome.exit_code, 5);
    EXPECT_FALSE(outcome.completed);
    EXPECT_THAT(outcome.begun, ElementsAre("2 two.sh", "3.sh"));
    EXPECT_THAT(outcome.output, HasSubstr("second"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("never")));
}

TEST_F(InitFiles, FeedSqlInEveryPacking) {
    add("1.sql", "SELECT 'plain';\n");
    add_packed("2.sql.gz", "SELECT 'gz';\n", "gzip");
    add_packed("3.sql.xz", "SELECT 'xz';\n", "xz");
    add_packed("4.sql.zst", "SELECT 'zst';\n", "zstd -q");
    add("5.SQL", "");
    const auto [exit_code, completed, output, begun] = run();
    EXPECT_EQ(exit_code, 0) << output;
    for (const char* text : {"SELECT 'plain'", "SELECT 'gz'", "SELECT 'xz'", "SELECT 'zst'"}) {
        EXPECT_THAT(output, HasSubstr(text));
    }
    EXPECT_THAT(output, HasSubstr("psql:-v ON_ERROR_STOP=1 --username me --no-password --no-psqlrc "
                                  "--dbname mine -f " +
                                  scratch_ / "init.d/1.sql" + " PGHOST=[]\n"));
    EXPECT_THAT(output, HasSubstr(says("ignoring", "5.SQL")));
}

TEST_F(InitFiles, RunInTheLocalesOrder) {
    for (const char* name : {"B.txt", "a.txt", "c.txt", "10 with blank.txt"}) {
        add(name, "");
    }
    const auto output = run("C").output;
    EXPECT_LT(output.find("10 with blank.txt"), output.find("B.txt"));
    EXPECT_LT(output.find("B.txt"), output.find("a.txt"));
    EXPECT_LT(output.find("a.txt"), output.find("c.txt"));
}

TEST_F(InitFiles, OfferTheOfficialFunctions) {
    add("1.sh",
        "for name in docker_setup_env docker_create_db_directories docker_init_database_dir \\\n"
        "    docker_verify_minimum_env docker_error_old_databases pg_setup_hba_conf \\\n"
        "    docker_temp_server_start docker_temp_server_stop docker_setup_db \\\n"
        "    docker_process_init_files docker_process_sql file_env _pg_want_help _main; do\n"
        "    declare -F \"$name\" >/dev/null || echo \"missing $name\"\n"
        "done\n"
        "\"${psql[@]}\" <<<'SELECT 1'\n"
        "docker_process_sql --dbname other <<<'SELECT 2'\n"
        "SECRET_FILE=\"$ROOT/init.d/value\"; file_env SECRET; echo \"secret [$SECRET]\"\n"
        "file_env ABSENT fallback; echo \"absent [$ABSENT]\"\n"
        "_pg_want_help postgres --version && echo helped\n"
        "_pg_want_help postgres -C x || echo not helped\n");
    add("value", "from file\n\n");
    const auto output = run().output;
    EXPECT_THAT(output, Not(HasSubstr("missing")));
    EXPECT_THAT(output, HasSubstr("SELECT 1"));
    EXPECT_THAT(output, HasSubstr("--dbname mine --dbname other PGHOST=[]\nSELECT 2"));
    EXPECT_THAT(output, HasSubstr("secret [from file]\nabsent [fallback]\nhelped\nnot helped\n"));
}

TEST_F(InitFiles, EndWithTheStatusOfTheFileThatFailed) {
    add("2.sh", "echo never\n");
    const std::pair<const char*, int> cases[] = {
        {"exit 7\n", 7},   {"false\n", 1},        {"(exit 42)\n", 42},
        {"return 3\n", 3}, {"false | true\n", 1},  // pipefail
    };
    for (const auto& [script, code] : cases) {
        add("1.sh", script);
        const auto [exit_code, completed, output, begun] = run();
        EXPECT_EQ(exit_code, code) << script;
        EXPECT_FALSE(completed) << script;
        EXPECT_THAT(output, Not(HasSubstr("never"))) << script;
    }
    add("1.sh", "exit 9\n", 0755);
    EXPECT_EQ(run().exit_code, 9);
}

TEST_F(InitFiles, DistinguishAnEarlyExitFromSuccess) {
    add("1.sh", "exit 0\n");
    add("2.sh", "echo never\n");
    const auto [exit_code, completed, output, begun] = run();
    EXPECT_EQ(exit_code, 0);
    EXPECT_FALSE(completed);
    EXPECT_THAT(output, Not(HasSubstr("never")));
}

TEST_F(InitFiles, LoseNothingByAnExitOfTheLastOne) {
    // As a ConfigMap mounts it: not executable, so it is sourced.
    add("1.sql", "SELECT 1;\n");
    add("2.sh", "echo last\nexit 0\n");
    add("notes.txt", "");
    const auto outcome = run();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_TRUE(outcome.completed);
    EXPECT_THAT(outcome.begun, ElementsAre("1.sql", "2.sh"));
    // What has run before does not count as a file that is still to run.
    add("3.sql", "SELECT 3;\n");
    EXPECT_FALSE(run().completed);
    EXPECT_TRUE(run("C", {"3.sql"}).completed);
}

TEST_F(InitFiles, FailWithoutErrorsOfBashItself) {
    for (const char* script : {"false\n", "f() { local a=1; false; }\nf\n", "x=$(exit 3)\n"}) {
        add("1.sh", script);
        EXPECT_THAT(run().output, Not(HasSubstr("pop_var_context"))) << script;
    }
}

TEST_F(InitFiles, NameTheFileThatFailedAndWhatIsWrongWithIt) {
    const RealFilesystem files;
    const std::string directory = scratch_ / "init.d";
    const auto where = [&](const std::string& name) {
        return where_init_files_failed(files, directory, {{"0.sql", name}, false});
    };
    add("1.sh", "if true; then\r\necho a\r\nfi\r\n");
    EXPECT_THAT(where("1.sh"), HasSubstr(", in \"" + directory + "/1.sh\""));
    EXPECT_THAT(where("1.sh"), HasSubstr("Windows line ends"));
    add("2.sh", "\xEF\xBB\xBF#!/bin/bash\n");
    EXPECT_THAT(where("2.sh"), HasSubstr("byte order mark"));
    // psql takes them.
    add("3.sql", "SELECT 1;\r\n");
    EXPECT_EQ(where("3.sql"), ", in \"" + directory + "/3.sql\"");
    EXPECT_EQ(where_init_files_failed(files, directory, {}), "");
}

TEST_F(InitFiles, FailWhereTheOfficialImageFails) {
    scratch_.make_directory("init.d/1.sh");
    EXPECT_EQ(run().exit_code, 126);
    std::filesystem::remove(scratch_ / "init.d/1.sh");
    add("1.sql.gz", "not packed");
    EXPECT_EQ(run().exit_code, 1);
}

TEST_F(InitFiles, ExistWhenOneIsNotHidden) {
    const RealFilesystem files;
    EXPECT_FALSE(has_init_files(files, scratch_ / "init.d").value());
    EXPECT_FALSE(has_init_files(files, scratch_ / "nothing").value());
    add(".hidden.sh", "");
    EXPECT_FALSE(has_init_files(files, scratch_ / "init.d").value());
    add("1.sql", "");
    EXPECT_TRUE(has_init_files(files, scratch_ / "init.d").value());
}

}  // namespace
}  // namespace citus_init::postgres
