#include "citus_init/process/spawn.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/base/fd.h"

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

struct Pipe {
    Fd read_end;
    Fd write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

// Runs a helper that reports to its descriptor 1, and gives what it said.
Report report_of(Command command) {
    Pipe pipe = make_pipe();
    command.arguments = report_helper(STDOUT_FILENO);
    command.descriptors.emplace_back(pipe.write_end.get(), STDOUT_FILENO);
    const auto pid = spawn(command);
    EXPECT_TRUE(pid);
    pipe.write_end.reset();
    const Report report = parse_report(read_all(pipe.read_end.get()));
    EXPECT_EQ(report.group, std::to_string(pid.value_or(0)));
    ::waitpid(pid.value_or(0), nullptr, 0);
    return report;
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() : path_(::mkdtemp(name_.data())) {}
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::string name_ = testing::TempDir() + "spawnXXXXXX";
    std::filesystem::path path_;
};

void block_only(int signal) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

TEST(Spawn, ReportsWhyAProgramCannotBeExecuted) {
    const TemporaryDirectory directory;
    const std::string plain = directory.path() / "plain";
    std::ofstream(plain) << "text";
    const std::string loop = directory.path() / "loop";
    std::filesystem::create_symlink(loop, loop);
    const std::string orphaned = directory.path() / "orphaned";
    std::ofstream(orphaned) << "#!/nonexistent/interpreter\n";
    ::chmod(orphaned.c_str(), 0755);

    struct Row {
        std::string program;
        int error_number;
        int shell_code;
    };
    const std::vector<Row> rows{
        {"", ENOENT, 127},
        {"no-such-program-anywhere", ENOENT, 127},
        {"/nonexistent", ENOENT, 127},
        {orphaned, ENOENT, 127},
        {plain + "/below-a-file", ENOTDIR, 127},
        {plain, EACCES, 126},
        {directory.path(), EACCES, 126},
        {loop, ELOOP, 126},
    };
    for (const auto& row : rows) {
        Command command;
        command.arguments = {row.program};
        const auto pid = spawn(command);
        ASSERT_FALSE(pid) << row.program;
        EXPECT_TRUE(pid.error().exec_failed) << row.program;
        EXPECT_EQ(pid.error().error_number, row.error_number) << row.program;
        EXPECT_EQ(pid.error().shell_code(), row.shell_code) << row.program;
        EXPECT_NE(pid.error().message.find('"' + row.program + '"'), std::string::npos);
    }
    EXPECT_EQ(::waitpid(-1, nullptr, 0), -1) << "no failed child is left";
}

TEST(Spawn, RefusesAnEmptyCommand) {
    const auto pid = spawn(Command{});
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().shell_code(), 71);
}

TEST(Spawn, ExecutesAFileUnderAnotherName) {
    Pipe pipe = make_pipe();
    Command command;
    command.file = "/bin/sh";
    command.arguments = {"a-name", "-c", "tr '\\0' ' ' < /proc/$$/cmdline | cut -d' ' -f1"};
    command.descriptors = {{pipe.write_end.get(), STDOUT_FILENO}};
    const auto pid = spawn(command);
    ASSERT_TRUE(pid);
    pipe.write_end.reset();
    EXPECT_EQ(read_all(pipe.read_end.get()), "a-name\n");
    ::waitpid(*pid, nullptr, 0);
}

// execvp(3) puts them on the stack once more, for the shell.
TEST(Spawn, ExecutesAScriptWithoutAnInterpreterWithManyArguments) {
    const TemporaryDirectory directory;
    const std::string script = directory.path() / "script";
    std::ofstream(script) << "echo $#\n";
    ::chmod(script.c_str(), 0755);
    Pipe pipe = make_pipe();
    Command command;
    command.arguments.assign(30'001, "x");
    command.arguments.front() = script;
    command.descriptors = {{pipe.write_end.get(), STDOUT_FILENO}};
    const auto pid = spawn(command);
    ASSERT_TRUE(pid) << pid.error().message;
    pipe.write_end.reset();
    EXPECT_EQ(read_all(pipe.read_end.get()), "30000\n");
    ::waitpid(*pid, nullptr, 0);
}

// The agent starts programs from several threads, and a child has their memory until its exec.
TEST(Spawn, StartsChildrenOfSeveralThreadsAtOnce) {
    constexpr int kEach = 50;
    std::atomic<int> ended = 0;
    std::atomic<int> refused = 0;
    const auto start_some = [&] {
        for (int i = 0; i < kEach; ++i) {
            Command good;
            good.arguments = {"/bin/sh", "-c", "exit 7"};
            const auto pid = spawn(good);
            int status = 0;
            ended += pid && ::waitpid(*pid, &status, 0) == *pid && WEXITSTATUS(status) == 7 ? 1 : 0;
            Command bad;
            bad.arguments = {"/nonexistent"};
            const auto none = spawn(bad);
            refused += !none && none.error().error_number == ENOENT ? 1 : 0;
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(start_some);
    }
    threads.clear();
    EXPECT_EQ(ended, 4 * kEach);
    EXPECT_EQ(refused, 4 * kEach);
}

TEST(Spawn, LeavesOurSignalMaskAndDispositionsAsTheyAre) {
    isolated([] {
        block_only(SIGUSR2);
        ::signal(SIGHUP, SIG_IGN);
        Command command;
        command.arguments = {"/bin/true"};
        const auto pid = spawn(command);
        ASSERT_TRUE(pid);
        ::waitpid(*pid, nullptr, 0);
        sigset_t after;
        ::sigprocmask(SIG_SETMASK, nullptr, &after);
        EXPECT_EQ(::sigismember(&after, SIGUSR2), 1);
        EXPECT_EQ(::sigismember(&after, SIGTERM), 0);
        EXPECT_EQ(::signal(SIGHUP, SIG_DFL), SIG_IGN);
    });
}

TEST(Spawn, NamesTheFileThatCannotBeExecuted) {
    Command command;
    command.file = "/nonexistent/file";
    command.arguments = {"a-name"};
    const auto pid = spawn(command);
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().message, "cannot run \"/nonexistent/file\": No such file or directory");
}

TEST(Spawn, GivesAnOwnChildAnEmptyMaskAndDefaultDispositions) {
    isolated([] {
        for (const int signal : {SIGHUP, SIGPIPE, SIGCHLD, SIGRTMIN + 3}) {
            ::signal(signal, SIG_IGN);
        }
        block_signals();
        const Report report = report_of({});
        EXPECT_EQ(report.blocked, "0000000000000000");
        EXPECT_EQ(report.ignored, "0000000000000000");
    });
}

TEST(Spawn, GivesAPassedOnCommandWhatWeWereStartedWith) {
    isolated([] {
        block_only(SIGUSR2);
        ::signal(SIGHUP, SIG_IGN);
        ::signal(SIGCHLD, SIG_IGN);
        Command command;
        command.signals = block_signals();
        const Report report = report_of(command);
        EXPECT_EQ(report.blocked, "0000000000000800");
        EXPECT_EQ(report.ignored, "0000000000010001");
    });
}

TEST(Spawn, LeaksNoDescriptorAndPassesOnInheritedOnes) {
    isolated([] {
        ::closefrom(3);
        const Fd ours(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        EXPECT_EQ(report_of({}).descriptors, "0 1 2");
        const Fd inherited(::fcntl(ours.get(), F_DUPFD, 70));
        EXPECT_EQ(report_of({}).descriptors, "0 1 2 70");
    });
}

TEST(Spawn, OpensStandardDescriptorsThatWereClosedForOwnChildrenOnly) {
    isolated([] {
        ::close(STDIN_FILENO);
        ::closefrom(3);
        const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
        ASSERT_EQ(null.get(), STDIN_FILENO);
        EXPECT_EQ(report_of({}).descriptors, "0 1 2");
        Command passed_on;
        passed_on.signals.emplace();
        EXPECT_EQ(report_of(passed_on).descriptors, "1 2");
    });
}

TEST(Spawn, PlacesDescriptorsWhoseNumbersCross) {
    Pipe first = make_pipe();
    Pipe second = make_pipe();
    // A target beyond all, and the two pipes' write ends swapped.
    const int low = first.write_end.get();
    const int high = second.write_end.get();
    Command command;
    command.arguments = {"sh", "-c", fmt::format("echo low >&{}; echo high >&{}", low, high)};
    command.descriptors = {{low, high}, {high, low}};
    const auto pid = spawn(command);
    ASSERT_TRUE(pid);
    first.write_end.reset();
    second.write_end.reset();
    EXPECT_EQ(read_all(first.read_end.get()), "high\n");
    EXPECT_EQ(read_all(second.read_end.get()), "low\n");
    ::waitpid(*pid, nullptr, 0);
}

TEST(Spawn, HearsOfAFailedExecThoughEveryLowNumberIsATarget) {
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Command command;
    command.arguments = {"/nonexistent"};
    for (int target = 3; target < 30; ++target) {
        command.descriptors.emplace_back(null.get(), target);
    }
    const auto pid = spawn(command);
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().shell_code(), 127);
}

TEST(Spawn, ReplacesTheEnvironmentWhenAsked) {
    ::setenv("HELPER_VARIABLE", "ours", 1);
    EXPECT_EQ(report_of({}).variable, "ours");
    Command command;
    command.environment = {"HELPER_VARIABLE=another"};
    EXPECT_EQ(report_of(command).variable, "another");
    command.environment.emplace();
    EXPECT_EQ(report_of(command).variable, "");
    ::unsetenv("HELPER_VARIABLE");
}

TEST(Spawn, LetsTheChildDieWithUs) {
    Pipe alive = make_pipe();
    isolated([&] {
        Command command;
        command.arguments = waiting_helper();
        command.parent_death_signal = SIGTERM;
        command.descriptors = {{alive.write_end.get(), 5}};
        EXPECT_TRUE(spawn(command));
    });
    alive.write_end.reset();
    EXPECT_EQ(read_all(alive.read_end.get()), "") << "ends when the last holder is dead";
}

TEST(Spawn, ReportsWhenThereCanBeNoProcess) {
    isolated([] {
        if (::geteuid() == 0) {
            ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);  // the limit does not bind root
        }
        const rlimit none{0, 0};
        ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
        Command command;
        command.arguments = waiting_helper();
        const auto pid = spawn(command);
        ASSERT_FALSE(pid);
        EXPECT_FALSE(pid.error().exec_failed);
        EXPECT_EQ(pid.error().error_number, EAGAIN);
        EXPECT_EQ(pid.error().shell_code(), 71);
    });
}

TEST(Spawn, ReportsWhenThereIsNoDescriptorLeft) {
    isolated([] {
        const rlimit three{3, 3};
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &three), 0);
        Command command;
        command.arguments = waiting_helper();
        const auto pid = spawn(command);
        ASSERT_FALSE(pid);
        EXPECT_EQ(pid.error().error_number, EMFILE);
    });
}

}  // namespace
}  // namespace citus_init::process
