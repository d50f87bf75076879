#include "supervisor/json_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/text.h"
#include "citus_init/supervisor/log_relay.h"

namespace citus_init::supervisor {
namespace {

using nlohmann::json;

const std::string kToken = "0123abcd";

// As render::json_log_line_prefix() has the server write it.
std::string of_session(const std::string& user, const std::string& database,
                       const std::string& text, const std::string& pid = "42",
                       const std::string& sqlstate = "00000") {
    return kToken + "1764378000.123\t" + pid + "\t" + sqlstate + "\t" + user + kToken + "\t" +
           database + kToken + "\tpsql\tclient backend\t77\t" + text;
}

std::string prefixed(const std::string& text, const std::string& pid = "42",
                     const std::string& sqlstate = "00000") {
    return of_session("ann", "shop", text, pid, sqlstate);
}

std::string of_process(const std::string& kind, const std::string& query_id,
                       const std::string& text) {
    return kToken + "1764378000.123\t7\t00000\t" + kToken + "\t" + kToken + "\t\t" + kind + "\t" +
           query_id + "\t" + text;
}

json only_object(JsonLog& log) {
    const std::string text = log.flush();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    return json::parse(text);
}

TEST(JsonLog, HasEachFieldThatTheServerGives) {
    JsonLog log({"w1", "worker"}, kToken);
    EXPECT_EQ(
        log.take(prefixed("ERROR:  relation \"x\" does not exist at character 15", "42", "42P01")),
        "");
    EXPECT_EQ(log.take(prefixed("HINT:  look twice", "42", "42P01")), "");
    EXPECT_EQ(log.take(prefixed("STATEMENT:  SELECT *", "42", "42P01")), "");
    EXPECT_EQ(log.take("\tFROM x"), "");
    EXPECT_EQ(only_object(log), json::parse(R"({
        "ts": "2025-11-29T01:00:00.123Z", "level": "error", "logger": "postgres", "pid": 42,
        "msg": "relation \"x\" does not exist at character 15", "node": "w1", "role": "worker",
        "record": {"error_severity": "ERROR", "sql_state_code": "42P01", "user_name": "ann",
                   "database_name": "shop", "application_name": "psql", "backend_type": "client backend",
                   "query_id": "77", "hint": "look twice", "query": "SELECT *\nFROM x"}})"));
    EXPECT_EQ(log.flush(), "");
}

TEST(JsonLog, EndsAMessageWithTheNextOne) {
    JsonLog log({}, kToken);
    EXPECT_EQ(log.take(prefixed("LOG:  first")), "");
    const auto first = json::parse(log.take(prefixed("LOG:  second")));
    EXPECT_EQ(first["msg"], "first");
    EXPECT_FALSE(first.contains("node"));
    // Of another process, it is no part of this message.
    EXPECT_EQ(json::parse(log.take(prefixed("DETAIL:  of whatever", "43")))["msg"], "second");
    EXPECT_EQ(only_object(log)["msg"], "of whatever");
}

TEST(JsonLog, TakesASecondPartOfOneKindForAMessageOfItsOwn) {
    JsonLog log({}, kToken);
    log.take(prefixed("ERROR:  text"));
    EXPECT_EQ(log.take(prefixed("DETAIL:  first")), "");
    EXPECT_EQ(json::parse(log.take(prefixed("DETAIL:  second")))["record"]["detail"], "first");
    EXPECT_EQ(only_object(log)["msg"], "second");
}

TEST(JsonLog, LeavesOutWhatTheServerDidNotSay) {
    JsonLog log({}, kToken);
    log.take(of_process("checkpointer", "0", "LOG:  checkpoint starting: time"));
    EXPECT_EQ(only_object(log)["record"],
              json::parse(R"({"error_severity": "LOG", "sql_state_code": "00000",
                                                        "backend_type": "checkpointer"})"));
    // Of a server before 14.
    log.take(of_process("checkpointer", "", "LOG:  x"));
    EXPECT_FALSE(only_object(log)["record"].contains("query_id"));
}

TEST(JsonLog, TakesPostgresqlsDefaultPrefixToo) {
    JsonLog log({});
    log.take("2026-11-22 14:00:00.000 UTC [7] WARNING:  no \"x\"");
    log.take("\tsecond line");
    EXPECT_EQ(only_object(log),
              json::parse(R"({"ts": "2026-11-22T14:00:00.000Z", "level": "warning",
        "logger": "postgres", "msg": "no \"x\"\nsecond line", "pid": 7, "record": {"error_severity": "WARNING"}})"));
}

TEST(JsonLog, HasALevelForEachSeverity) {
    for (const auto& [severity, level] : std::map<std::string, std::string>{{"DEBUG5", "debug"},
                                                                            {"LOG", "info"},
                                                                            {"INFO", "info"},
                                                                            {"NOTICE", "info"},
                                                                            {"WARNING", "warning"},
                                                                            {"ERROR", "error"},
                                                                            {"FATAL", "error"},
                                                                            {"PANIC", "fatal"},
                                                                            {"FEHLER", "info"}}) {
        JsonLog log({}, kToken);
        log.take(prefixed(severity + ":  text"));
        const auto object = only_object(log);
        EXPECT_EQ(object["level"], level) << severity;
        EXPECT_EQ(object["record"]["error_severity"], severity);
    }
}

TEST(JsonLog, DistinguishesPatronisMessages) {
    JsonLog log({});
    EXPECT_EQ(
        json::parse(log.take("2026-11-22 14:00:00,000 ERROR: a \"b\"")),
        json::parse(
            R"({"ts": "2026-11-22 14:00:00,000", "level": "error", "logger": "patroni", "msg": "a \"b\""})"));
}

TEST(JsonLog, KeepsALineOfAnotherShape) {
    JsonLog log({"", "", "init-scripts"});
    EXPECT_EQ(json::parse(log.take("CREATE TABLE")),
              json::parse(R"({"level": "info", "logger": "init-scripts", "msg": "CREATE TABLE"})"));
    EXPECT_EQ(log.take(""), "");
    EXPECT_EQ(json::parse(log.take("\tbegins with a tab"))["msg"], "\tbegins with a tab");
    EXPECT_EQ(json::parse(log.take("bad \xff byte"))["msg"], "bad \xEF\xBF\xBD byte");
    for (const char* line : {"1764378000.123\t7\t00000", "x\t7\t00000\t\t\t\tb\t0\tLOG:  a",
                             "99999999999999.1\t7\t0\t\t\t\tb\t0\tLOG:  a"}) {
        EXPECT_EQ(json::parse(log.take(line))["msg"], line);
    }
}

std::vector<json> objects_in(const std::string& text) {
    std::vector<json> objects;
    for (const auto& line : split(text, '\n')) {
        if (!line.empty()) {
            objects.push_back(json::parse(line));
        }
    }
    return objects;
}

std::string take_all(JsonLog& log, const std::string& text) {
    std::string taken;
    for (const auto& line : split(text, '\n')) {
        taken += log.take(line);
    }
    return taken + log.flush();
}

// A client says who it is before anybody asks for a password.
TEST(JsonLog, ANameInAStartupPacketWritesNoRecord) {
    const std::string forged = "1764378000.123\t1\tXX000\t\t\t\tpostmaster\t0\tPANIC:  forged";
    for (const std::string& name : std::vector<std::string>{
             "x\n" + forged, "x\n2026-11-22 14:00:00.000 UTC [1] PANIC:  forged",
             "x\n2026-11-22 14:00:00,000 CRITICAL: forged", "x\n\tforged",
             "ann\tshop\tpsql\tclient backend\t77\tPANIC:  forged"}) {
        for (const bool in_user : {true, false}) {
            JsonLog log({}, kToken);
            const std::string text = "FATAL:  no such role";
            const auto objects =
                objects_in(take_all(log, prefixed("LOG:  before", "41") + "\n" +
                                             (in_user ? of_session(name, "shop", text)
                                                      : of_session("ann", name, text))));
            ASSERT_EQ(objects.size(), 2U) << name;
            EXPECT_EQ(objects[0]["msg"], "before");
            EXPECT_EQ(objects[1]["level"], "error");
            EXPECT_EQ(objects[1]["msg"], "no such role");
            EXPECT_EQ(objects[1]["record"][in_user ? "user_name" : "database_name"], name);
        }
    }
}

TEST(JsonLog, WhatIsNotMarkedIsTextOnceTheServerHasSpoken) {
    JsonLog log({}, kToken);
    const std::string early = "2026-11-22 14:00:00.000 UTC [7] FATAL:  bad configuration";
    EXPECT_EQ(objects_in(take_all(log, early))[0]["level"], "error");
    take_all(log, prefixed("LOG:  ready"));
    EXPECT_EQ(objects_in(take_all(log, early))[0]["level"], "info");
    const std::string of_patroni = "2026-11-22 14:00:00,000 ERROR: a";
    EXPECT_EQ(objects_in(take_all(log, of_patroni))[0]["logger"], "postgres");
    EXPECT_EQ(objects_in(take_all(log, kToken + of_patroni))[0]["logger"], "patroni");
}

TEST(JsonLog, AMarkedLineThatIsNoMessageIsShownWithoutItsToken) {
    JsonLog log({}, kToken);
    const auto objects =
        objects_in(take_all(log, kToken + "1\t2\t\tcut\nnext\n" + prefixed("LOG:  a")));
    ASSERT_EQ(objects.size(), 2U);
    EXPECT_EQ(objects[0]["msg"], "1\t2\t\tcut\nnext");
    EXPECT_EQ(objects[1]["msg"], "a");
}

TEST(JsonLog, HidesThePasswordOfInitdbsStatement) {
    LogLines lines(RelayMode::patroni_json);
    lines.take(
        "2026-11-22 14:00:00.000 UTC [17] STATEMENT:  ALTER USER \"public\" WITH PASSWORD "
        "E'it''s';");
    EXPECT_EQ(lines.flush().find("it''s"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::supervisor
