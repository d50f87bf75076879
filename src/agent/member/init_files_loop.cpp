#include "agent/member/init_files_loop.h"

#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/security/checksum.h"

namespace citus_init::agent {

namespace {

using citus::InitFileRecord;
using citus::SqlResult;
using postgres::kInitFilesDirectory;
using status::Condition;
using status::ConditionKind;

// A dump of gigabytes is not read into memory only to be compared.
constexpr std::uint64_t kLargestWithChecksum = 64ULL << 20U;

// "" where there is none.
std::string checksum_of(const std::string& name) {
    const RealFilesystem files;
    const std::string path = fmt::format("{}/{}", kInitFilesDirectory, name);
    const auto status = files.status(path);
    if (!status || status->type != FileType::regular || status->size > kLargestWithChecksum) {
        return "";
    }
    const auto content = files.read(path);
    const auto checksum = content ? security::sha256_text(*content) : content;
    return checksum.value_or("");
}

Condition failed(const std::string& error) {
    return {ConditionKind::init_files_failed, "", "", error};
}

}  // namespace

Condition InitFilesLoop::pass(Lead lead, bool usable) {
    if (run_) {
        run_->probe();
    }
    switch (lead) {
        case Lead::yes:
            break;
        case Lead::not_known:
            return {};
        case Lead::no:
            // What was not recorded is left to the next leader.
            run_.reset();
            session_.reset();
            finding_.reset();
            return {};
    }
    if (settled_) {
        return {};
    }
    auto waits = attempt(usable);
    if (!waits) {
        session_.reset();
        return run_ ? running() : failed(one_line(waits.error().text()));
    }
    return *waits;
}

SqlResult<Condition> InitFilesLoop::attempt(bool usable) {
    const auto locked = open();
    if (!locked) {
        return tl::unexpected(locked.error());
    }
    if (!*locked) {
        session_.reset();
        return Condition{ConditionKind::init_files_elsewhere};
    }
    if (!run_) {
        return settle(usable);
    }
    const bool has_ended = run_->has_ended();
    if (const auto recorded = record_progress(); !recorded) {
        return tl::unexpected(recorded.error());
    }
    if (!has_ended) {
        return running();
    }
    run_.reset();
    return settle(usable);
}

SqlResult<bool> InitFilesLoop::open() {
    if (session_) {
        return true;
    }
    auto session = context_.connector->connect(context_.local_target());
    if (!session) {
        return tl::unexpected(session.error());
    }
    if (const auto ours = citus::check_own_schema(**session); !ours) {
        return tl::unexpected(ours.error());
    }
    session_ = std::move(*session);
    return InitFileRecord(*session_).try_lock();
}

SqlResult<Condition> InitFilesLoop::settle(bool usable) {
    auto files = postgres::init_file_names(RealFilesystem(), kInitFilesDirectory);
    if (!files) {
        return failed(files.error().message);
    }
    InitFileRecord record(*session_);
    const auto state = read_state(record, std::move(*files));
    if (!state) {
        return tl::unexpected(state.error());
    }
    const auto assessment = assess_init_files(*state, kInitFilesDirectory);
    finding_ = assessment.finding;
    SqlResult<void> done;
    switch (assessment.step) {
        case InitFilesStep::nothing:
            settled_ = true;
            break;
        case InitFilesStep::note:
            done = record.make();
            break;
        case InitFilesStep::dismiss:
            done = record.done(kInitFilesDirectory);
            settled_ = done.has_value();
            dismissed(*state);
            break;
        case InitFilesStep::run:
            done = usable ? start(record, assessment) : done;
            break;
        case InitFilesStep::stuck:
            return Condition();
    }
    if (!done) {
        return tl::unexpected(done.error());
    }
    if (settled_) {
        session_.reset();
        return Condition();
    }
    return run_ ? running() : Condition{ConditionKind::init_files_next};
}

void InitFilesLoop::dismissed(const InitFilesState& state) {
    if (settled_ && state.has_user_objects && !state.files.empty()) {
        log::info(
            "the files of {} do not run: the databases had content before citus-init first "
            "led them with Patroni",
            kInitFilesDirectory);
    }
}

SqlResult<InitFilesState> InitFilesLoop::read_state(InitFileRecord& record,
                                                    std::vector<std::string> files) {
    InitFilesState state;
    state.files = std::move(files);
    const auto exists = record.exists();
    if (!exists) {
        return tl::unexpected(exists.error());
    }
    state.is_recorded = *exists;
    if (state.is_recorded) {
        auto rows = record.rows();
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        state.rows = std::move(*rows);
    } else if (!state.files.empty()) {
        const auto found = citus::has_user_objects(*context_.connector, context_.local_target());
        if (!found) {
            return tl::unexpected(found.error());
        }
        state.has_user_objects = *found;
    }
    return state;
}

SqlResult<void> InitFilesLoop::start(InitFileRecord& record,
                                     const InitFilesAssessment& assessment) {
    std::map<std::string, std::string> checksums;
    for (const std::string& name : assessment.to_run) {
        checksums.emplace(name, checksum_of(name));
    }
    if (auto planned = record.plan(checksums); !planned) {
        return planned;
    }
    log::info("runs the init files of the cluster: {}", join(assessment.to_run, ", "));
    first_ = assessment.to_run.front();
    recorded_ = 0;
    auto run = InitFilesRun::start(context_, assessment.left_out);
    if (!run) {
        return record.failed(first_, run.error().message);
    }
    run_.emplace(std::move(*run));
    return {};
}

SqlResult<void> InitFilesLoop::record_progress() {
    InitFileRecord record(*session_);
    const auto& [begun, completed] = run_->progress();
    for (std::size_t i = recorded_; i < begun.size(); ++i) {
        if (auto recorded = record.begun(begun[i]); !recorded) {
            return recorded;
        }
        if (i + 1 < begun.size() || completed) {
            if (auto recorded = record.finished(begun[i]); !recorded) {
                return recorded;
            }
            recorded_ = i + 1;
        }
    }
    if (!run_->has_ended()) {
        return {};
    }
    if (run_->failure().empty()) {
        log::info("the init files of the cluster have run");
        return record.done(kInitFilesDirectory);
    }
    const std::string& name = begun.empty() ? first_ : begun.back();
    log::error("the init file {} failed: {}", name, run_->failure());
    return record.failed(name, run_->failure());
}

Condition InitFilesLoop::running() const {
    const auto& begun = run_->progress().begun;
    return {ConditionKind::init_files_running, begun.empty() ? first_ : begun.back()};
}

}  // namespace citus_init::agent
