#include "citus_init/render/guc_check.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/guc_table.h"

#include "problem_at.h"

namespace citus_init::render {

namespace {

using settings::Problem;

bool is_users(Layer layer) {
    switch (layer) {
        case Layer::user_file:
        case Layer::yaml:
        case Layer::block:
        case Layer::environment:
        case Layer::alter_system:
        case Layer::command_line:
            return true;
        case Layer::postgresql_default:
        case Layer::server_environment:
        case Layer::initdb:
        case Layer::tuned:
        case Layer::role_preset:
        case Layer::enforced:
            return false;
    }
    return false;
}

Problem problem_of(const LayeredValue& value, const GucComplaint& complaint) {
    return problem_at(value.origin, "", complaint.reason, complaint.fix);
}

class Checker {
  public:
    Checker(const GucCheckInputs& inputs, GucFindings& findings)
        : inputs_(inputs), findings_(findings) {}

    void check(const std::string& name, const LayeredValue& value) {
        const bool citus = name.starts_with("citus.");
        if (!citus && name.find('.') != std::string::npos && !is_guc(name)) {
            return;  // another extension's
        }
        const auto facts = find_guc(name, inputs_.versions);
        if (!facts) {
            if (++unlisted_ <= kMostUnlisted) {
                assess_unlisted(citus ? inputs_.citus_knows : inputs_.server_knows, name,
                                problem_of(value, missing_guc(name, inputs_.versions)));
            }
        } else if (const auto bad = check_guc_value(*facts, value.value)) {
            // Of Citus, the server says nothing before the library is loaded.
            const bool certain =
                knows_version(name, inputs_.versions) || (citus && inputs_.versions.citus == 0);
            (certain ? findings_.problems : findings_.doubts)
                .push_back(problem_at(value.origin, value.value,
                                      bad->reason.find(facts->name) == std::string::npos
                                          ? fmt::format("{} for {}", bad->reason, facts->name)
                                          : bad->reason,
                                      bad->fix));
        }
    }

  private:
    // A newer minor release may know more than the table; the program itself decides.
    void assess_unlisted(const std::function<bool(std::string_view)>& program_knows,
                         const std::string& name, Problem problem) {
        if (!program_knows) {
            findings_.doubts.push_back(std::move(problem));
        } else if (!program_knows(name)) {
            findings_.problems.push_back(std::move(problem));
        }
    }

    // Each is searched for in the whole program, and nobody reads more: the server reports the
    // rest.
    static constexpr int kMostUnlisted = 50;

    const GucCheckInputs& inputs_;
    GucFindings& findings_;
    int unlisted_ = 0;
};

}  // namespace

GucFindings check_gucs(const GucStack& stack, const GucCheckInputs& inputs) {
    GucFindings findings;
    Checker checker(inputs, findings);
    for (const auto& [name, layers] : stack.values) {
        for (const LayeredValue& value : layers) {
            if (is_users(value.layer)) {
                checker.check(name, value);
            }
        }
    }
    return findings;
}

bool program_has_name(std::string_view program, std::string_view name) {
    std::string needle(name);
    needle += '\0';
    return program.find(needle) != std::string_view::npos;
}

std::function<bool(std::string_view)> names_in_program(const Filesystem& files, std::string path) {
    return
        [&files, path = std::move(path),
         program = std::make_shared<std::optional<Result<std::string>>>()](std::string_view name) {
            if (!*program) {
                *program = files.read(path, read_limit::kProgram);
            }
            return !**program || program_has_name(***program, name);
        };
}

}  // namespace citus_init::render
