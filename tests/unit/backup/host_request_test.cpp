#include "citus_init/backup/host_request.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace citus_init::backup {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kId = "0123456789abcdef0123456789abcdef";

HostRequest backup_request() {
    HostRequest request;
    request.id = kId;
    request.stanza = "shop-12";
    request.type = "diff";
    request.node = {"w1.example", 8432};
    request.cluster = {"/var/lib/da ta", "/run/postgresql", "5433", "citus_init", "app db"};
    return request;
}

HostRequest removal() {
    HostRequest request;
    request.id = kId;
    request.command = HostCommand::remove_point;
    request.cluster_name = "shop";
    request.point = "before-migration";
    return request;
}

TEST(HostRequest, IsReadBack) {
    const auto read = parse_host_request(render_host_request(backup_request()), kId);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(arguments_of(*read, {"", "/ca", "/crt", "/key"}),
              arguments_of(backup_request(), {"", "/ca", "/crt", "/key"}));
    EXPECT_TRUE(parse_host_request(render_host_request(removal()), kId));
}

TEST(HostRequest, BecomesWordsOfPgBackRest) {
    EXPECT_THAT(arguments_of(backup_request(), {"/lock", "/ca", "/crt", "/key"}),
                ElementsAre("--stanza=shop-12", "--type=diff", "--log-level-console=detail",
                            "--pg1-host=w1.example", "--pg1-host-type=tls", "--pg1-host-port=8432",
                            "--pg1-host-ca-file=/ca", "--pg1-host-cert-file=/crt",
                            "--pg1-host-key-file=/key", "--pg1-path=/var/lib/da ta",
                            "--pg1-socket-path=/run/postgresql", "--pg1-port=5433",
                            "--pg1-user=citus_init", "--pg1-database=app db", "backup"));
    EXPECT_THAT(arguments_of(removal(), {}),
                ElementsAre("repo-rm", "citus-init/shop/points/before-migration.json"));
}

struct WrongField {
    const char* field;
    nlohmann::json value;
};

class RefusedRequests : public testing::TestWithParam<WrongField> {};

TEST_P(RefusedRequests, NameTheField) {
    auto json = nlohmann::json::parse(render_host_request(backup_request()));
    json[GetParam().field] = GetParam().value;
    const auto read = parse_host_request(json.dump(), kId);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ExitCode::usage);
    EXPECT_THAT(read.error().message, HasSubstr(GetParam().field));
    json.erase(GetParam().field);
    EXPECT_FALSE(parse_host_request(json.dump(), kId)) << "it is missing";
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedRequests,
    testing::Values(WrongField{"format", 2}, WrongField{"id", std::string(32, 'a')},
                    WrongField{"command", "stanza-delete"}, WrongField{"command", 1},
                    WrongField{"stanza", "shop"}, WrongField{"stanza", "../shop-1"},
                    WrongField{"stanza", "-shop-1"}, WrongField{"stanza", "shop-1 --repo=2"},
                    WrongField{"stanza", "shop-x"}, WrongField{"type", "all"},
                    WrongField{"host", "-oProxyCommand=x"}, WrongField{"host", "a b"},
                    WrongField{"host", ""}, WrongField{"port", 0}, WrongField{"port", 65536},
                    WrongField{"port", "8432"}, WrongField{"data_directory", "data"},
                    WrongField{"data_directory", "/a/../b"},
                    WrongField{"data_directory", "/a\nrepo1-path=/b"},
                    WrongField{"data_directory", std::string("/a\0b", 4)},
                    WrongField{"socket_directory", ""}, WrongField{"server_port", "5432x"},
                    WrongField{"user", "a\nb"}, WrongField{"user", std::string(64, 'u')},
                    WrongField{"database", ""}));

TEST(HostRequest, OfARemovalStaysInItsDirectory) {
    for (const auto& [field, value] :
         std::multimap<std::string, std::string>{{"cluster_name", "../backup"},
                                                 {"cluster_name", ""},
                                                 {"point", "../../x"},
                                                 {"point", "a/b"},
                                                 {"point", ""}}) {
        auto json = nlohmann::json::parse(render_host_request(removal()));
        json[field] = value;
        const auto read = parse_host_request(json.dump(), kId);
        ASSERT_FALSE(read) << value;
        EXPECT_THAT(read.error().message, HasSubstr(field));
    }
}

TEST(HostRequest, OfAnyBytesIsRefused) {
    for (const char* text : {"", "{", "[]", "null", "\xff\xfe", "{\"format\": \"1\"}"}) {
        EXPECT_FALSE(parse_host_request(text, kId)) << text;
    }
}

TEST(RequestFileName, IsReadBack) {
    for (const auto kind :
         {RequestFileKind::request, RequestFileKind::alive, RequestFileKind::cancel,
          RequestFileKind::read, RequestFileKind::running, RequestFileKind::answer}) {
        const int number = kind == RequestFileKind::answer ? 17 : 0;
        const auto read = parse_request_file(request_file_name({kId, kind, number}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->id, kId);
        EXPECT_EQ(read->kind, kind);
        EXPECT_EQ(read->number, number);
    }
    EXPECT_EQ(request_file_name({kId, RequestFileKind::answer, 3}), kId + ".answer.3");
}

TEST(RequestFileName, OfAnotherFileIsNone) {
    for (const auto& name : {std::string("repository-host.lock"), kId, kId + ".", kId + ".other",
                             kId + ".request.tmp", kId + ".answer", kId + ".answer.-1",
                             kId + ".answer.0.tmp", "X" + kId.substr(1) + ".request",
                             "../" + kId + ".request", kId + ".request.pgbackrest.tmp"}) {
        EXPECT_FALSE(parse_request_file(name)) << name;
    }
}

TEST(HostAnswer, IsReadBack) {
    HostAnswer answer;
    answer.output = "P01 DETAIL: backup file\n";
    auto read = parse_host_answer(render_host_answer(answer));
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->is_last());
    EXPECT_EQ(read->output, answer.output);
    answer.code = 56;
    answer.errors = "ERROR: [056]";
    read = parse_host_answer(render_host_answer(answer));
    EXPECT_TRUE(read->is_last());
    EXPECT_EQ(read->code, 56);
    EXPECT_EQ(read->errors, answer.errors);
    HostAnswer failed;
    failed.failure = "the repository host was stopped before the end";
    read = parse_host_answer(render_host_answer(failed));
    EXPECT_TRUE(read->is_last());
    EXPECT_EQ(read->failure, failed.failure);
}

TEST(HostAnswer, ReplacesBytesThatAreNoText) {
    HostAnswer answer;
    answer.output = "\xff\xfe";
    EXPECT_TRUE(parse_host_answer(render_host_answer(answer)));
    EXPECT_FALSE(parse_host_answer("\xff"));
    EXPECT_FALSE(parse_host_answer("{}"));
}

}  // namespace
}  // namespace citus_init::backup
