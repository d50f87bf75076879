#pragma once

#include <chrono>

#include "citus_init/ha/lease.h"

namespace citus_init::patroni {

// Which question to Patroni is next, and when. One question costs Patroni and us a connection with
// a TLS handshake, since Patroni closes it after each answer. Pure.
class PulseSchedule {
  public:
    // What was known when the question began.
    struct Known {
        ha::Lease lease;
        bool is_running = false;  // the server, by Patroni's last status
        bool is_in_doubt = false;
        // A primary whose lease etcd has not shown: /liveness alone says that Patroni's loop has
        // stopped, since others may make the age of its contact with the store young.
        bool needs_liveness = false;
    };
    enum class Question {
        liveness,  // GET /liveness
        status,    // GET /patroni; /liveness where it is not answered
        both,      // /liveness, then /patroni
    };

    Question next(const Known& known);

    // From the start of that question to the start of the next one. `is_answered`: it was; once one
    // is not, the next ones are as close as they were with the shortest lease.
    std::chrono::milliseconds pause(const Known& known, bool is_answered);

  private:
    int questions_ = 0;
    bool is_answered_ = true;
};

}  // namespace citus_init::patroni
