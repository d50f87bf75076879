#include "citus/membership/obstacles.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

std::string trouble_with(const Subject& subject) {
    const NodeMemory& memory = *subject.memory;
    if (subject.probe->facts && memory.node_class != NodeClass::unreachable) {
        return fmt::format(
            "at {}, which is registered, somebody else answers ({}), and Citus "
            "would write to it",
            subject.address.text(),
            memory.node_class ? node_class_name(*memory.node_class) : "unknown");
    }
    return fmt::format(
        "the registered worker {} does not answer, and Citus changes no membership while one is "
        "down: {}",
        subject.address.text(),
        subject.probe->facts ? memory.reason : subject.probe->facts.error().text());
}

}  // namespace

Obstacles::Obstacles(const std::vector<Subject>& subjects) {
    for (const auto& subject : subjects) {
        if (subject.row == nullptr || !subject.row->active) {
            continue;
        }
        if (subject.probe == nullptr) {
            unseen_.push_back(subject.address);
        } else if (!subject.is_member && away_.empty()) {
            away_ = trouble_with(subject);
        }
        if (subject.row->has_metadata && !subject.row->metadata_synced && unsynced_.empty()) {
            unsynced_ = fmt::format("the metadata of the registered worker {} is out of sync",
                                    subject.address.text());
        }
    }
}

bool stands_in_the_way(const Action& action, const Unproven& refusal) {
    if (action.kind != ActionKind::update_address) {
        return true;
    }
    return refusal.why != Refusal::away && refusal.address != action.old_address;
}

}  // namespace citus_init::citus
