#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/network/resolver.h"

namespace citus_init::test {

// A resolver that a test fills.
class FakeResolver final : public network::Resolver {
  public:
    std::map<std::string, std::vector<std::string>> addresses;
    std::map<std::string, std::vector<std::string>> names;  // by address
    std::map<std::string, std::vector<network::ServiceTarget>> targets;
    std::set<std::string> silent;  // nobody answers for these names and addresses

    // A container as Docker's resolver tells of it.
    void add_container(const std::string& name, const std::string& address,
                       const std::string& service) {
        addresses[name].push_back(address);
        addresses[service].push_back(address);
        names[address].push_back(name);
    }

    [[nodiscard]] Result<std::vector<std::string>> addresses_of(
        const std::string& name) const override {
        return answer(addresses, name);
    }
    [[nodiscard]] Result<std::vector<std::string>> names_of(
        const std::string& address) const override {
        return answer(names, address);
    }
    [[nodiscard]] Result<std::vector<network::ServiceTarget>> targets_of(
        const std::string& service) const override {
        return answer(targets, service);
    }

  private:
    template <typename T>
    Result<std::vector<T>> answer(const std::map<std::string, std::vector<T>>& known,
                                  const std::string& key) const {
        if (silent.contains(key)) {
            return fail(ExitCode::unavailable, "nobody answers for \"" + key + "\"");
        }
        const auto found = known.find(key);
        return found == known.end() ? std::vector<T>{} : found->second;
    }
};

}  // namespace citus_init::test
