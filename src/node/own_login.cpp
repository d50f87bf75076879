#include "citus_init/node/own_login.h"

#include <atomic>
#include <utility>

#include "citus_init/citus/sql_failure.h"
#include "citus_init/render/authentication_files.h"

namespace citus_init::node {

namespace {

using citus::ConnectionTarget;
using citus::Session;
using citus::SqlResult;

class OwnLogin final : public citus::Connector {
  public:
    explicit OwnLogin(std::unique_ptr<citus::Connector> inner) : inner_(std::move(inner)) {}

    [[nodiscard]] SqlResult<std::unique_ptr<Session>> connect(
        const ConnectionTarget& target) override {
        if (!target.host.starts_with('/')) {
            return inner_->connect(target);
        }
        if (uses_own_role_) {
            if (auto own = connect_as_own_role(target)) {
                return own;
            }
            uses_own_role_ = false;
        }
        auto session = inner_->connect(target);
        if (session || !citus::is_refused_login(session.error())) {
            return session;
        }
        auto own = connect_as_own_role(target);
        uses_own_role_ = own.has_value();
        // Why the user's own role is refused says more than why ours is.
        return own || !citus::is_refused_login(own.error()) ? std::move(own) : std::move(session);
    }

  private:
    SqlResult<std::unique_ptr<Session>> connect_as_own_role(const ConnectionTarget& target) {
        ConnectionTarget own = target;
        own.user = render::kLoginRole;
        own.password = Secret();
        auto session = inner_->connect(own);
        if (!session) {
            return session;
        }
        if (const auto set =
                (*session)->query("SELECT pg_catalog.set_config('role', $1, false)", {target.user});
            !set) {
            return tl::unexpected(set.error());
        }
        return session;
    }

    std::unique_ptr<citus::Connector> inner_;
    std::atomic<bool> uses_own_role_{false};
};

}  // namespace

std::unique_ptr<citus::Connector> with_own_login(std::unique_ptr<citus::Connector> inner) {
    return std::make_unique<OwnLogin>(std::move(inner));
}

}  // namespace citus_init::node
