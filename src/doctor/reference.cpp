#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr const char* kIntroduction = R"(# Doctor

<!-- Made from the table in src/doctor/check_table.cpp by `citus-init docs doctor`. Do not edit. -->

`citus-init doctor` compares all nodes of the cluster and reports what will hurt: on which node, why
it matters, and what mends it. It changes nothing, and works on every node of a cluster, with
Patroni, on a single server, on a worker that is no member yet (it is compared with the cluster that
it is to join), and where the server is stopped: then it reads the files of this node alone.

    docker exec NODE citus-init doctor
    docker exec NODE citus-init doctor --check pool-over-worker,roles
    docker exec NODE citus-init doctor -o json | jq '.findings[] | select(.severity == "error")'

| exit status | |
|---|---|
| 0 | nothing was found, or notes only |
| 1 | warnings |
| 2 | errors |
| 64, 78 | the command line, the configuration: nothing was examined |

A node that does not answer costs 8 s at most, for all such nodes together (eight are asked at a
time), and is a finding, as is one that does not let `POSTGRES_USER` in as a superuser. What else cannot be
read is the finding `unread`, and checks are silent about it.

`--fix` runs statements that Citus or PostgreSQL would run by themselves sooner or later: it lists
them, asks (or takes `--yes`), and examines the cluster again. It touches no rows, tables or
settings of a user; everything else is left to whoever reads the report.

Memory, `/dev/shm`, the file system and the certificate of another node are read through its server
(`pg_read_file()`, so as superuser). Free room on a disk no server reports, so that is checked on
the own node only ([ADR 72](adr/0072-facts-through-the-server.md)).

With Patroni it works on every member of every group, and examines all members: leaders as nodes of the
cluster, standbys for what replication does not copy (versions, libraries, settings, files, clock,
certificate, machine). Roles, extensions, tables, sequences, shards, slots and prepared transactions
are their leader's. Members are those that Patroni and the configuration store name; a group whose Patroni
does not answer costs 2 s for each of its members that is gone.

The coordinator runs the checks that keep a worker from being added right before it adds one. What they find
is the reason that `citus-init nodes` and the log give; versions, encoding, identity and emptiness are
checked before ([guide.md](guide.md)).

## Checks
)";

constexpr const char* kNumbers = R"(
## Connections

Citus opens connections from each node that clients use to each worker, and limits them together by
`citus.max_shared_pool_size` (the pool; its default is `max_connections` of the node itself). For
every worker this has to hold:

    issuing nodes x pool + 4 + 2 x workers + reserved <= max_connections of the worker
    clients x citus.max_cached_conns_per_worker <= pool
    citus.max_adaptive_executor_pool_size x queries at once <= pool

An issuing node is the coordinator, or a worker that has sessions of others than superusers at the
moment. `reserved` is `superuser_reserved_connections` and `reserved_connections`; clients are
`citus.max_client_connections`, without it `max_connections` less what is reserved; four queries at
once are assumed. Raise `max_connections` of the workers first and of the coordinator last.
)";

}  // namespace

std::string reference_markdown() {
    std::string page = kIntroduction;
    std::string_view subject;
    for (const Check& check : all_checks()) {
        if (check.subject != subject) {
            page +=
                fmt::format("\n### {}\n\n| check | severity | reports | why |\n|---|---|---|---|\n",
                            check.subject);
            subject = check.subject;
        }
        page += fmt::format("| `{}` | {} | {}{} | {} |\n", check.id, severity_name(check.severity),
                            check.title,
                            check.keeps_out ? " (keeps a worker from being added)" : "", check.why);
    }
    return page + kNumbers;
}

}  // namespace citus_init::doctor
