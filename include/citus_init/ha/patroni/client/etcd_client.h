#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/secret.h"
#include "citus_init/ha/patroni/stored_group.h"
#include "citus_init/http/client.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Why etcd cannot be worked with. Never with a password.
struct EtcdTrouble {
    std::string what;
    std::string fix;
    bool operator==(const EtcdTrouble&) const = default;
};

// The etcd servers that the settings name, without a slash at the end. None where they are found by
// PATRONI_ETCD3_SRV, or the store is another one. Pure.
std::vector<std::string> etcd_urls(const settings::Etcd3Settings& etcd);

// Why etcd refuses a request, from its answer: "etcdserver: user name is empty". None where
// it is none, or nothing that speaks of who may ask. Pure, for any bytes.
std::optional<std::string> etcd_refusal(const http::Response& response);

// Whether an answer may mean that the token is not valid any more: it has ended (401), or, a JSON
// Web Token, is of before a change of users or roles (400).
bool may_refuse_token(const http::Response& response);

// POST /v3/kv/range for all keys that begin with `prefix`. Pure.
std::string etcd_range_request(const std::string& prefix);

// The keys and values of etcd's answer to it. None where it is no such answer. Pure, for any bytes.
std::optional<std::vector<StoreEntry>> etcd_entries(const std::string& text);

// POST /v3/kv/txn that removes `key` if its last change is `revision` and `absent` is not there.
// Pure.
std::string etcd_removal_request(const std::string& key, const std::string& revision,
                                 const std::string& absent);

// POST /v3/kv/txn that writes `key` if neither it nor one of `absent` is there. Pure.
std::string etcd_creation_request(const std::string& key, const std::string& value,
                                  const std::vector<std::string>& absent);

// Whether etcd has done what a transaction asked for. None where it is no such answer. Pure, for
// any bytes.
std::optional<bool> etcd_succeeded(const std::string& text);

struct EtcdLease {
    std::chrono::seconds granted{0};
    std::chrono::seconds left{0};  // of these, rounded down
    bool operator==(const EtcdLease&) const = default;
};

// Etcd's answer to POST /v3/lease/timetolive. None where it is no such answer, or the lease has
// ended. Pure, for any bytes.
std::optional<EtcdLease> etcd_lease(const std::string& text);

// Checks that etcd answers, has a leader, and takes this member's certificate and password.
// Any other error of etcd's is left to Patroni. For one thread.
class EtcdClient {
  public:
    // `etcd` outlives it.
    EtcdClient(http::Client client, const settings::Etcd3Settings& etcd);

    bool has_servers() const { return !urls_.empty(); }

    // None where one of the servers can be worked with. Blocks, up to 4 s for each.
    std::optional<EtcdTrouble> trouble();

    // What begins with `prefix`, from the first server that answers. Blocks as above. Error:
    // `unavailable`, with what each server answered; never with a password.
    [[nodiscard]] Result<std::vector<StoreEntry>> read(const std::string& prefix);

    // The lease with this id. Blocks, and fails, as read() does.
    [[nodiscard]] Result<EtcdLease> lease(const std::string& id);

    // etcd_removal_request(). False: a key has changed. Blocks, and fails, as read() does.
    [[nodiscard]] Result<bool> remove(const std::string& key, const std::string& revision,
                                      const std::string& absent);

    // etcd_creation_request(). False: one of the keys is there. Blocks, and fails, as read() does.
    [[nodiscard]] Result<bool> create(const std::string& key, const std::string& value,
                                      const std::vector<std::string>& absent);

  private:
    template <typename Answer>
    [[nodiscard]] Result<Answer> ask(const std::string& path, const std::string& body,
                                     std::optional<Answer> (*parse)(const std::string&));
    [[nodiscard]] Result<http::Response> post(const std::string& url, const std::string& body);
    [[nodiscard]] Status log_in(const std::string& url);
    [[nodiscard]] Result<http::Response> authenticate(const std::string& url);
    bool has_user() const { return !etcd_.credentials.username.empty() && etcd_.url.empty(); }
    std::optional<EtcdTrouble> trouble_of(const std::string& url);
    std::optional<EtcdTrouble> credentials_trouble(const std::string& url);
    http::RequestOptions options() const;

    http::Client client_;
    const settings::Etcd3Settings& etcd_;
    std::vector<std::string> urls_;
    Secret token_;  // of the last login, which lasts while it is used; "" = none
};

}  // namespace citus_init::patroni
