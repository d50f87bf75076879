#include "agent/member/finding_watch.h"

#include <algorithm>
#include <utility>

namespace citus_init::agent {

FindingWatch::News FindingWatch::take(const std::vector<ha::Finding>& found, Time now) {
    News news;
    std::erase_if(known_, [&](const auto& entry) {
        const bool is_there = std::any_of(found.begin(), found.end(), [&](const ha::Finding& each) {
            return each.about == entry.first;
        });
        if (!is_there && entry.second.reported) {
            news.ended.push_back(entry.second.what);
        }
        return !is_there;
    });
    for (const ha::Finding& finding : found) {
        Known& known = known_.try_emplace(finding.about, Known{now, "", false}).first->second;
        known.what = finding.what;
        if (now - known.since >= grace_) {
            news.lasting.push_back(finding);
            if (!std::exchange(known.reported, true)) {
                news.unreported.push_back(finding);
            }
        }
    }
    return news;
}

}  // namespace citus_init::agent
