#include "app/agent/high_availability/store_watch.h"

#include "citus_init/patroni/stored_group.h"

namespace citus_init::app {

StoreWatch::StoreWatch(EtcdLook etcd, const settings::PatroniSettings& settings)
    : etcd_(std::move(etcd)),
      alert_(settings.loop_wait),
      prefix_(patroni::store_prefix(settings.namespace_path, settings.scope)) {}

const std::vector<Finding>& StoreWatch::look(const MemberLook& member, Time now) {
    constexpr std::chrono::seconds kCalm{60};
    const auto pause = member.without_store || !found_.empty() ? alert_ : kCalm;
    if (etcd_.has_servers() && (!looked_ || now - *looked_ >= pause)) {
        looked_ = now;
        look_now(member);
    }
    return found_;
}

void StoreWatch::look_now(const MemberLook& member) {
    found_.clear();
    if (const auto trouble = etcd_.trouble()) {
        found_.push_back({"configuration store", "etcd: " + trouble->what, trouble->fix});
        return;
    }
    if (!member.leads || !member.synchronous_mode) {
        return;
    }
    const std::string group = prefix_ + std::to_string(member.group) + "/";
    const auto entries = etcd_.read(group);
    const auto groups =
        patroni::stored_groups(entries.value_or(std::vector<patroni::StoreEntry>{}), prefix_);
    if (const auto stored = groups.find(member.group); stored != groups.end()) {
        if (const auto finding = sync_key_finding(member, stored->second)) {
            found_.push_back(*finding);
        }
    }
}

}  // namespace citus_init::app
