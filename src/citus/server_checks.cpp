#include "citus_init/citus/server_checks.h"

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<std::vector<std::string>> configuration_warnings(Session& session) {
    const auto paths = session.query(statement::kFilePaths);
    if (!paths) {
        return tl::unexpected(paths.error());
    }
    std::vector<std::string> warnings;
    const auto settings = session.query(statement::kConfigurationErrors);
    if (!settings) {
        return tl::unexpected(settings.error());
    }
    for (std::size_t row = 0; row < settings->values.size(); ++row) {
        // A line that is no setting at all has no name.
        const std::string subject = settings->is_null(row, 2)
                                        ? std::string("a line")
                                        : fmt::format("the setting \"{}\"", settings->at(row, 2));
        warnings.push_back(fmt::format(
            "{} in \"{}\" line {} does not apply: {}. Correct or remove it, then restart or reload",
            subject, settings->at(row, 0), settings->at(row, 1), settings->at(row, 3)));
    }
    const auto rules = session.query(statement::kHbaErrors);
    if (!rules) {
        return tl::unexpected(rules.error());
    }
    for (std::size_t row = 0; row < rules->values.size(); ++row) {
        warnings.push_back(
            fmt::format("\"{}\" line {} cannot be read: {}. Correct it, then reload; until then "
                        "the server keeps "
                        "the rules that it had, and would not start with these",
                        paths->at(0, 1), rules->at(row, 0), rules->at(row, 1)));
    }
    return warnings;
}

SqlResult<std::string> collation_warning(Session& session) {
    const auto found = session.query(statement::kCollationVersions);
    if (!found && found.error().sqlstate == sqlstate::kUndefinedColumn) {
        return std::string();
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->empty() || found->is_null(0, 0)) {
        return std::string();
    }
    return fmt::format(
        "collation version changed: {} recorded {}, the libraries of this image have {}. Indexes "
        "over "
        "text may miss rows and take duplicates of unique keys. Go back to the image of before, or "
        "rebuild on every node that says so, as superuser: {}",
        found->at(0, 0), found->at(0, 1), found->at(0, 2), found->at(0, 3));
}

}  // namespace citus_init::citus
