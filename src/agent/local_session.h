#pragma once

#include <memory>
#include <utility>

#include "citus_init/citus/session.h"

namespace citus_init::agent {

// The agent's session on its own server, for all that it does there in one pass. Dropped between
// passes: a session that stays keeps the database from being dropped, renamed or copied.
class LocalSession {
  public:
    // `connector` outlives it.
    LocalSession(citus::Connector& connector, citus::ConnectionTarget target)
        : connector_(connector), target_(std::move(target)) {}

    // Opens it if need be. Good until drop().
    [[nodiscard]] citus::SqlResult<citus::Session*> get() {
        if (!session_) {
            auto opened = connector_.connect(target_);
            if (!opened) {
                return tl::unexpected(opened.error());
            }
            session_ = std::move(*opened);
        }
        return session_.get();
    }

    // In place of the one that is open, if any. None: get() opens one.
    void adopt(std::unique_ptr<citus::Session> session) { session_ = std::move(session); }

    // It failed, and the next one is to be another.
    void drop() { session_.reset(); }

  private:
    citus::Connector& connector_;
    citus::ConnectionTarget target_;
    std::unique_ptr<citus::Session> session_;
};

}  // namespace citus_init::agent
