#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/settings/generators.h"
#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

// Moves some variables of `environment` into files, as NAME_FILE.
void move_into_files(Environment& environment, test::FakeFilesystem& files) {
    for (const Variable* variable : variables()) {
        const auto found = environment.find(std::string(variable->name));
        if (found == environment.end() || !variable->takes_file ||
            !*rc::gen::arbitrary<bool>().as("in a file")) {
            continue;
        }
        const std::string path = "/secrets/" + found->first;
        files.add_file(path, found->second + "\n");
        environment.emplace(found->first + "_FILE", path);
        environment.erase(found->first);
    }
}

// One good value for each variable, so that a load can succeed.
Environment good_environment() {
    Environment environment{{"PGDATA", "/data"}};
    const auto maybe = [&environment](const std::string& name, rc::Gen<std::string> value) {
        if (*rc::gen::arbitrary<bool>()) {
            environment[name] = *value;
        }
    };
    const auto text = rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c != '\0'; })));
    const auto word =
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
    const auto name = rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::inRange('a', 'z'), rc::gen::inRange(' ', '~'))));
    maybe("POSTGRES_PASSWORD", word);
    maybe("POSTGRES_USER", word);
    maybe("POSTGRES_INITDB_ARGS", word);
    maybe("CITUS_DATABASE", name);
    maybe("CITUS_PG_HBA", rc::gen::element<std::string>("local all all peer", "# none\n\n",
                                                        "host all \"a b\" ::1/128 md5\n"));
    maybe("CITUS_POSTGRESQL_CONF", text);
    maybe("CITUS_STOP_TIMEOUT", rc::gen::element<std::string>("5", "1min", "1.5s"));
    maybe("CITUS_LOG_LEVEL", rc::gen::element<std::string>("debug", "error"));
    maybe("CITUS_MAX_WORKER_PROCESSES", rc::gen::element<std::string>("8", "16"));
    maybe("CITUS_GUC_CITUS__DISTRIBUTED_EXECUTOR", rc::gen::element<std::string>("real-time"));
    maybe("CITUS_GUC_SEARCH_PATH", text);
    return environment;
}

RC_GTEST_PROP(LoadSettings, MakesTheSameOfWhatItResolved, ()) {
    test::FakeFilesystem files;
    Environment environment = good_environment();
    move_into_files(environment, files);
    if (*rc::gen::arbitrary<bool>()) {
        const bool is_default = *rc::gen::arbitrary<bool>();
        const std::string path = is_default ? kDefaultYamlPath : "/my.yaml";
        files.add_file(path,
                       "postgres: {password: secret, database: shop}\n"
                       "postgresql: {work_mem: 4MB, citus.max_worker_processes: 9}\n");
        if (!is_default) {
            environment["CITUS_CONFIG_PATH"] = path;
        }
    }
    const auto first = load_settings(environment, files);
    RC_ASSERT(first.has_value());

    // Nothing of it is on disk any more for the child.
    test::FakeFilesystem empty;
    const auto second =
        load_settings(parse_environment_block(environment_block(first->resolved)), empty);
    RC_ASSERT(second.has_value());
    RC_ASSERT(second->settings == first->settings);
    RC_ASSERT(second->resolved == first->resolved);
}

RC_GTEST_PROP(LoadSettings, ReportsTheSameWhateverTheOrderOfTheProblems, ()) {
    const Environment environment = *any_environment();
    const auto once = load_settings(environment, test::FakeFilesystem());
    const auto twice = load_settings(environment, test::FakeFilesystem());
    RC_ASSERT(once.has_value() == twice.has_value());
    if (!once) {
        RC_ASSERT(once.error() == twice.error());
        RC_ASSERT(!once.error().problems.empty());
        for (const auto* texts : {&once.error().problems, &once.error().warnings}) {
            RC_ASSERT(std::is_sorted(texts->begin(), texts->end(),
                                     [](const Problem& left, const Problem& right) {
                                         return left.variable < right.variable;
                                     }));
        }
    }
}

std::vector<Problem> all_of(const tl::expected<LoadedSettings, ProblemReport>& loaded) {
    if (loaded) {
        return loaded->warnings;
    }
    auto all = loaded.error().problems;
    all.insert(all.end(), loaded.error().warnings.begin(), loaded.error().warnings.end());
    return all;
}

// A mistake more never hides another one's message about itself, and every part is fit for a log.
RC_GTEST_PROP(LoadSettings, SpeaksInLinesWithoutControlCharacters, ()) {
    const auto loaded = load_settings(*any_environment(), test::FakeFilesystem());
    for (const auto& problem : all_of(loaded)) {
        const std::string text = problem.text();
        RC_ASSERT(std::none_of(text.begin(), text.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        }));
        RC_ASSERT(!problem.reason.empty());
        RC_ASSERT(!problem.fix.empty());
        RC_ASSERT(text.back() == '.' || text.back() == '?');
    }
}

// Where a secret may stand: its own variable or file, a misspelt one, a wrong one's file, a
// setting, a YAML file that is wrong in some other place.
RC_GTEST_PROP(LoadSettings, NeverPrintsASecret, ()) {
    const auto secret = "s3cr3t" + *rc::gen::container<std::string>(rc::gen::inRange('A', 'Z'));
    test::FakeFilesystem files;
    const auto put = [&](Environment& environment, const std::string& name) {
        if (*rc::gen::arbitrary<bool>()) {
            files.add_file("/file", secret + *rc::gen::element<std::string>("", "\n", "\nmore"));
            environment.erase(name);
            environment[name + "_FILE"] = "/file";
        } else {
            environment[name] = secret + *rc::gen::element<std::string>("", "\nmore", "\r");
        }
    };
    Environment environment = *any_environment();
    put(environment, *rc::gen::element<std::string>("POSTGRES_PASSWORD", "CITUS_CLUSTER_SECRET",
                                                    "POSTGRES_PASWORD", "CITUS_CLUSTER_SECERT",
                                                    "POSTGRESQL_PASSWORD"));
    environment["CITUS_GUC_PRIMARY_CONNINFO"] = secret;
    environment["CITUS_GUC_primary_conninfo"] = secret + "2";
    environment["CITUS_GUC_BAD NAME"] = secret;
    environment["CITUS_POSTGRESQL_CONF"] = "citus.max_worker_processes = " + secret +
                                           "\ncitus.distributed_executor = '" + secret + "'\n";
    files.add_file(
        kDefaultYamlPath,
        *rc::gen::element<std::string>(
            "postgres: {password: " + secret + ", passwrd: " + secret + "}",
            "postgres: {password: {" + secret + ": 1}}", "postgres: {password: [" + secret + "]}",
            "postgres: {password: *" + secret, "postgres: {password: *" + secret + "}",
            "postgres: " + secret, "postgres: {password: \"\\" + secret + "\"}",
            "postgresql: {work_mem: {a: " + secret + "}}", secret,
            "citus: {cluster_secret: " + secret + ", enable: !" + secret + " x}"));
    const auto loaded = load_settings(environment, files);
    for (const auto& problem : all_of(loaded)) {
        RC_ASSERT(problem.text().find("s3cr3t") == std::string::npos);
    }
}

}  // namespace
}  // namespace citus_init::settings
