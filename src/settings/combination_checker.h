#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "settings/findings.h"

namespace citus_init::settings {

// What checks of several variables together have in common.
class CombinationChecker {
  protected:
    // `findings` outlives it.
    explicit CombinationChecker(Findings& findings) : findings_(findings) {}

    // Whether the values of all of them are known. What depends on another is not checked.
    bool are_known(std::initializer_list<std::string_view> names) const {
        return std::none_of(names.begin(), names.end(), [this](std::string_view name) {
            return findings_.failed.contains(name);
        });
    }

    void problem(std::string_view variable, std::string_view value, std::string reason,
                 std::string fix) {
        findings_.problems.push_back(
            make_problem(variable, value, {std::move(reason), std::move(fix)}));
    }

    void warning(std::string_view variable, std::string_view value, std::string reason,
                 std::string fix) {
        findings_.warnings.push_back(
            make_problem(variable, value, {std::move(reason), std::move(fix)}));
    }

  private:
    Findings& findings_;
};

}  // namespace citus_init::settings
