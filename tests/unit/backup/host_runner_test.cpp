#include "backup/client/host_runner.h"

#include <unistd.h>

#include <fstream>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/failure.h"

namespace citus_init::backup {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kDirectory = std::string(kRequestDirectory) + "/";

Run ended(int code, std::string output = "", std::string errors = "") {
    Run run;
    run.code = code;
    run.output = std::move(output);
    run.errors = std::move(errors);
    return run;
}

// pgBackRest on the node: repo-put and repo-get of the requests' directory, which a host answers.
class FakeRepository final : public Runner {
  public:
    explicit FakeRepository(std::vector<HostAnswer> answers) : answers_(std::move(answers)) {}

    [[nodiscard]] Result<Run> run(const Command& command, std::chrono::milliseconds /*deadline*/,
                                  const std::stop_token& stop) override {
        if (stop.stop_requested()) {
            return fail(ExitCode::unavailable, "stopped on request");
        }
        const std::string& last = command.arguments.back();
        if (!last.starts_with(kDirectory)) {
            local.push_back(last);
            return Run{};
        }
        const auto file = parse_request_file(last.substr(kDirectory.size()));
        if (!file) {
            ADD_FAILURE() << last;
            return ended(1);
        }
        if (command.arguments[command.arguments.size() - 2] == "repo-put") {
            put[file->kind] = command.input;
            return ended(put_code, "", put_errors);
        }
        ++gets;
        std::this_thread::sleep_for(time_of_a_get);
        if (answers_without_end) {
            return ended(0, render_host_answer(answers_.front()));
        }
        const auto number = static_cast<std::size_t>(file->number);
        return number < answers_.size() ? ended(0, render_host_answer(answers_[number])) : ended(1);
    }

    std::map<RequestFileKind, std::string> put;
    std::vector<std::string> local;  // what ran here
    int gets = 0;
    std::chrono::milliseconds time_of_a_get{0};
    bool answers_without_end = false;
    int put_code = 0;
    std::string put_errors;

  private:
    std::vector<HostAnswer> answers_;
};

HostAnswer piece(std::string output) {
    HostAnswer answer;
    answer.output = std::move(output);
    return answer;
}

HostAnswer end(int code, std::string errors = "") {
    HostAnswer answer;
    answer.code = code;
    answer.errors = std::move(errors);
    return answer;
}

class HostRunnerTest : public testing::Test {
  protected:
    HostRunnerTest() {
        std::ofstream(configuration_) << "[app-1]\npg1-path=/data\npg1-socket-path=/run\n"
                                         "pg1-port=5432\npg1-user=u\npg1-database=d\n";
        settings_.repository = {settings::RepositoryKind::host, ""};
        settings_.repository.host = {"b", 8432};
    }

    Result<backup::Run> run(std::vector<std::string> words, const std::stop_token& stop = {}) {
        return run(Command{std::move(words)}, stop);
    }
    Result<backup::Run> run(const Command& command, const std::stop_token& stop = {}) {
        return runner_->run(command, seconds(30), stop);
    }
    void answer(std::vector<HostAnswer> answers) {
        auto repository = std::make_unique<FakeRepository>(std::move(answers));
        repository_ = repository.get();
        runner_ = std::make_unique<HostRunner>(std::move(repository), settings_, configuration_,
                                               [this] { return node_; });
    }

    const std::string configuration_ =
        testing::TempDir() + "host_runner_test.conf." + std::to_string(::getpid());
    settings::BackupSettings settings_;
    std::string node_ = "w1";
    FakeRepository* repository_ = nullptr;
    std::unique_ptr<HostRunner> runner_;
};

const std::vector<std::string> kBackup{"--stanza=app-1", "--type=full", "backup"};

TEST_F(HostRunnerTest, RunsTheRestHere) {
    answer({});
    EXPECT_TRUE(run({"--stanza=app-1", "info"}));
    EXPECT_TRUE(run({"repo-rm", "other/file"}));
    EXPECT_THAT(repository_->local, ElementsAre("info", "other/file"));
    EXPECT_TRUE(repository_->put.empty());
}

TEST_F(HostRunnerTest, GivesOutputAsItComesAndTheEnd) {
    answer({piece("one "), piece(""), piece("two"), end(0)});
    std::vector<std::string> pieces;
    const auto done =
        run(Command{kBackup, "", [&](std::string_view text) { pieces.emplace_back(text); }});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->succeeded());
    EXPECT_EQ(done->output, "one two");
    EXPECT_THAT(pieces, ElementsAre("one ", "two"));
    EXPECT_TRUE(repository_->put.contains(RequestFileKind::read)) << "the host may forget it";
    const std::string request = repository_->put[RequestFileKind::request];
    EXPECT_THAT(request, HasSubstr("\"stanza\": \"app-1\""));
    EXPECT_THAT(request, HasSubstr("\"host\": \"w1\""));
    EXPECT_THAT(request, HasSubstr("\"data_directory\": \"/data\""));
}

TEST_F(HostRunnerTest, RemovesAPointThere) {
    answer({end(0)});
    ASSERT_TRUE(run({"--io-timeout=5", "repo-rm", "citus-init/app/points/first.json"}));
    EXPECT_THAT(repository_->put[RequestFileKind::request], HasSubstr("\"point\": \"first\""));
    EXPECT_TRUE(repository_->local.empty());
}

TEST_F(HostRunnerTest, GivesPgBackRestsOwnFailure) {
    answer({piece("x"), end(56, "ERROR: [056]: unable to find primary cluster\n")});
    const auto done = run(kBackup);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->code, 56);
    EXPECT_TRUE(done->on_host);
    EXPECT_THAT(done->errors, HasSubstr("[056]"));
}

TEST_F(HostRunnerTest, GivesTheHostsReason) {
    HostAnswer stopped;
    stopped.failure = "the repository host was stopped before the end";
    answer({piece("x"), stopped});
    const auto done = run(kBackup);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, stopped.failure);
    EXPECT_TRUE(repository_->put.contains(RequestFileKind::read));
}

TEST_F(HostRunnerTest, GivesTheFailureOfTheRequest) {
    answer({});
    repository_->put_code = 49;
    repository_->put_errors = "ERROR: [049]: unable to connect to 'b:8432'";
    const auto done = run(kBackup);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->code, 49);
    EXPECT_FALSE(done->on_host);
}

TEST_F(HostRunnerTest, CancelsThereWhenItIsStopped) {
    answer({piece("x")});
    std::stop_source source;
    const std::jthread stopper([&] {
        std::this_thread::yield();
        source.request_stop();
    });
    const auto done = run(kBackup, source.get_token());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "stopped on request");
}

TEST_F(HostRunnerTest, IsAtItsDeadline) {
    answer({piece("x")});
    const auto done = runner_->run(Command{kBackup}, std::chrono::milliseconds(300), {});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->timed_out);
    EXPECT_TRUE(repository_->put.contains(RequestFileKind::cancel));
}

TEST_F(HostRunnerTest, ReadsWhatHasGatheredAtOnce) {
    constexpr int kAnswers = 200;
    std::vector<HostAnswer> answers(kAnswers, piece("x"));
    answers.push_back(end(0));
    answer(std::move(answers));
    const auto done = run(kBackup);  // within its deadline, 30 s
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_FALSE(done->timed_out);
    EXPECT_EQ(done->output.size(), kAnswers);
    EXPECT_EQ(repository_->gets, kAnswers + 1);
}

// A node that always has something to read is no dead one.
TEST_F(HostRunnerTest, GivesASignOfLifeWhileAnswersCome) {
    answer({piece("x")});
    repository_->answers_without_end = true;
    repository_->time_of_a_get = std::chrono::milliseconds(20);
    const auto done = runner_->run(Command{kBackup}, std::chrono::milliseconds(5'300), {});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->timed_out);
    EXPECT_TRUE(repository_->put.contains(RequestFileKind::alive));
}

TEST_F(HostRunnerTest, CancelsWhatItCouldNotAskForForSure) {
    answer({});
    repository_->put_code = 104;
    static_cast<void>(run(kBackup));
    EXPECT_TRUE(repository_->put.contains(RequestFileKind::cancel));
}

TEST_F(HostRunnerTest, RefusesWhatTheHostWouldNotTake) {
    node_ = "-x";
    answer({});
    const auto done = run(kBackup);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ExitCode::config);
    EXPECT_THAT(done.error().message, HasSubstr("\"host\" cannot be used"));
    EXPECT_FALSE(run({"--stanza=app-2", "--type=full", "backup"})) << "it has no such stanza yet";
    EXPECT_TRUE(repository_->put.empty());
}

}  // namespace
}  // namespace citus_init::backup
