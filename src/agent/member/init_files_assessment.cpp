#include "agent/member/init_files_assessment.h"

#include <algorithm>

#include <fmt/core.h>

namespace citus_init::agent {

namespace {

using citus::InitFileRow;

const InitFileRow* find(const std::vector<InitFileRow>& rows, const std::string& name) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const InitFileRow& each) { return each.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

// Which of those that are not finished stands for them: the one that failed, else the last that is
// known to have begun, since what is only planned comes after it.
const InitFileRow* culprit(const std::vector<InitFileRow>& rows) {
    const InitFileRow* found = nullptr;
    for (const InitFileRow& row : rows) {
        if (row.finished) {
            continue;
        }
        if (!row.failure.empty()) {
            return &row;
        }
        if (found == nullptr || !row.started.empty()) {
            found = &row;
        }
    }
    return found;
}

ha::Finding finding_about(const InitFileRow& row) {
    const std::string when = row.started.empty() ? "" : fmt::format(" (begun {})", row.started);
    const std::string what =
        row.failure.empty()
            ? fmt::format(
                  "the init files were interrupted at {}{}: its agent, its server or its "
                  "leadership ended",
                  row.name, when)
            : fmt::format("the init file {}{} failed: {}", row.name, when, row.failure);
    return {"init files", what + "; it and those after it do not run again by themselves",
            fmt::format("Mend what it left half done. Then, in Citus' database on the leader of "
                        "group 0, DELETE FROM citus_init.init_file WHERE finished IS NULL runs {0} "
                        "again and the rest; to leave {0} out, UPDATE citus_init.init_file SET "
                        "finished = now() WHERE name = {1} before that",
                        row.name, citus::quote_literal(row.name))};
}

}  // namespace

InitFilesAssessment assess_init_files(const InitFilesState& state, const std::string& done) {
    InitFilesAssessment assessment;
    if (!state.is_recorded) {
        // Without a record only what is empty is new: a restored cluster, or one of an older
        // version, would otherwise get on top of its data what is meant to go before it.
        assessment.step = state.files.empty() || state.has_user_objects ? InitFilesStep::dismiss
                                                                        : InitFilesStep::note;
        return assessment;
    }
    if (find(state.rows, done) != nullptr) {
        return assessment;
    }
    if (const InitFileRow* row = culprit(state.rows)) {
        assessment.step = InitFilesStep::stuck;
        assessment.finding = finding_about(*row);
        return assessment;
    }
    for (const std::string& name : state.files) {
        (find(state.rows, name) == nullptr ? assessment.to_run : assessment.left_out)
            .push_back(name);
    }
    assessment.step = assessment.to_run.empty() ? InitFilesStep::dismiss : InitFilesStep::run;
    return assessment;
}

}  // namespace citus_init::agent
