#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/init_file_record.h"
#include "citus_init/ha/finding.h"

namespace citus_init::agent {

// What is known of the cluster's init files before anything is done about them.
struct InitFilesState {
    bool is_recorded = false;       // the table is there
    bool has_user_objects = false;  // asked only where it is not
    std::vector<citus::InitFileRow> rows;
    std::vector<std::string> files;  // names in the directory of this member
    bool operator==(const InitFilesState&) const = default;
};

enum class InitFilesStep {
    nothing,  // they have run, or never will
    note,     // that this is a new cluster, which is still to have them
    dismiss,  // for good, since the cluster was there before or there is none
    run,
    stuck,  // a run has failed or was interrupted: for people to decide
};

struct InitFilesAssessment {
    InitFilesStep step = InitFilesStep::nothing;
    std::vector<std::string> to_run;     // of `run`
    std::vector<std::string> left_out;   // of `run`: what has run before
    std::optional<ha::Finding> finding;  // of `stuck`
    bool operator==(const InitFilesAssessment&) const = default;
};

// `done`: the name of the row that says that all have run. Pure.
InitFilesAssessment assess_init_files(const InitFilesState& state, const std::string& done);

}  // namespace citus_init::agent
