#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace citus_init::network {

template <typename Element>
void add_once(std::vector<Element>& list, Element element) {
    if (std::find(list.begin(), list.end(), element) == list.end()) {
        list.push_back(std::move(element));
    }
}

}  // namespace citus_init::network
