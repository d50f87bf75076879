#include "citus_init/settings/new_cluster.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "citus_init/settings/load.h"

#include "settings/findings.h"

namespace citus_init::settings {

namespace {

constexpr std::size_t kLongestName = 63;  // NAMEDATALEN - 1

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// What initdb refuses, some of it only after it has begun, and with the superuser's password in the
// statement that it then prints.
std::optional<Complaint> check_superuser(std::string_view name) {
    constexpr std::array<std::string_view, 3> kComments{"--", "/*", "*/"};
    if (name.size() > kLongestName) {
        return Complaint{"is longer than the 63 bytes of a role's name", "Choose a shorter one"};
    }
    if (name.starts_with("pg_") || name == "public" || name == "none") {
        return Complaint{"is a name that PostgreSQL keeps for itself", "Choose another one"};
    }
    // quoting_relevant_chars of extension.c, for the owner of plpgsql.
    if (name.find_first_of("\"$'\\") != std::string_view::npos ||
        std::any_of(kComments.begin(), kComments.end(),
                    [&](std::string_view part) { return contains(name, part); })) {
        return Complaint{R"(holds a quote, $, \ or a comment sign, which initdb refuses)",
                         "Choose a name of letters, digits and underscores"};
    }
    return std::nullopt;
}

std::optional<Complaint> check_citus_database(std::string_view name) {
    if (name.size() > kLongestName) {
        return Complaint{"is longer than the 63 bytes of a database's name",
                         "Choose a shorter one"};
    }
    if (name == "template0" || name == "template1") {
        return Complaint{"is what every new database is copied from, and no place for Citus",
                         "Name a database of its own"};
    }
    return std::nullopt;
}

}  // namespace

std::vector<Problem> check_new_cluster(const Settings& settings) {
    std::vector<Problem> problems;
    for (auto* check : {check_bootstrap_password, check_new_secret}) {
        if (auto problem = check(settings)) {
            problems.push_back(std::move(*problem));
        }
    }
    const std::string& user = settings.postgres.user;
    if (auto complaint = check_superuser(user)) {
        problems.push_back(make_problem("POSTGRES_USER", user, std::move(*complaint)));
    }
    const std::string& database = settings.citus.database;
    auto complaint =
        settings.citus.enable ? check_citus_database(database) : std::optional<Complaint>();
    if (complaint) {
        const bool is_postgres_db = database == settings.postgres.database;
        problems.push_back(make_problem(is_postgres_db ? "POSTGRES_DB" : "CITUS_DATABASE", database,
                                        std::move(*complaint)));
    }
    return problems;
}

}  // namespace citus_init::settings
