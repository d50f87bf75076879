#include "overview/query_list.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "citus_init/base/text.h"
#include "citus_init/render/hide_passwords.h"

namespace citus_init::overview {

namespace {

using monitor::RunningQuery;

std::int64_t global_id(int node_id, std::int64_t pid) {
    constexpr std::int64_t kNodeIdFactor = 10'000'000'000;  // GLOBAL_PID_NODE_ID_MULTIPLIER
    return node_id * kNodeIdFactor + pid;
}

// Of the process that this one works for; none: it works for its client.
std::optional<std::int64_t> origin_of(const RunningQuery& query) {
    constexpr std::string_view kMark = " gpid=";
    const auto at = query.application_name.rfind(kMark);
    if (!query.application_name.starts_with("citus_") || at == std::string::npos) {
        return std::nullopt;
    }
    const auto id =
        parse_integer(std::string_view(query.application_name).substr(at + kMark.size()), 1,
                      std::numeric_limits<std::int64_t>::max());
    return id ? std::optional<std::int64_t>(*id) : std::nullopt;
}

std::int64_t id_of(const NodeQueries& node, const RunningQuery& query) {
    return origin_of(query).value_or(global_id(node.node_id, query.pid));
}

std::int64_t id_of_process(const NodeQueries& node, std::int64_t pid) {
    const auto known = std::find_if(node.queries.begin(), node.queries.end(),
                                    [&](const RunningQuery& query) { return query.pid == pid; });
    return known == node.queries.end() ? global_id(node.node_id, pid) : id_of(node, *known);
}

bool waits_for_lock(const std::string& waits_for) {
    return waits_for.starts_with("Lock: ");
}

void add_blockers(QueryRow& row, const NodeQueries& node, const RunningQuery& query) {
    for (const std::int64_t pid : query.blocked_by) {
        if (pid == 0) {
            row.blocked_by_prepared = true;
            continue;
        }
        const std::int64_t id = id_of_process(node, pid);
        const bool is_known =
            id == row.id ||
            std::find(row.blocked_by.begin(), row.blocked_by.end(), id) != row.blocked_by.end();
        if (!is_known) {
            row.blocked_by.push_back(id);
        }
    }
}

void add_part(QueryRow& row, const NodeQueries& node, const RunningQuery& query) {
    const bool is_clients = !origin_of(query);
    const bool is_first = row.nodes.empty();
    if (std::find(row.nodes.begin(), row.nodes.end(), node.address) == row.nodes.end()) {
        row.nodes.insert(is_clients ? row.nodes.begin() : row.nodes.end(), node.address);
    }
    if (is_first || is_clients) {
        row.database = query.database;
        row.role = query.role;
        row.state = query.state;
        row.text = without_password(query.text);
    }
    // A lock that a part waits for says more than that the whole waits for the part.
    if (waits_for_lock(query.waits_for)) {
        row.waits_for = query.waits_for + " on " + node.address;
    } else if (is_clients && !waits_for_lock(row.waits_for)) {
        row.waits_for = query.waits_for;
    }
    row.seconds = std::max(row.seconds, query.seconds);
    add_blockers(row, node, query);
}

bool is_of_a_name(char character) {
    return character == '_' || (character >= 'a' && character <= 'z') ||
           (character >= '0' && character <= '9');
}

// One blank for each run of blanks, tabs and line breaks.
std::string in_one_line(std::string_view text) {
    std::string line;
    for (const char character : text) {
        const bool is_blank = character == ' ' || (character >= '\t' && character <= '\r');
        if (!is_blank) {
            line += character;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    return std::string(trim(line));
}

}  // namespace

std::string without_password(const std::string& statement) {
    constexpr std::string_view kWord = "password";
    std::string text = in_one_line(render::hide_passwords(statement));
    const std::string lower = to_lower(text);
    for (auto at = lower.find(kWord); at != std::string::npos; at = lower.find(kWord, at + 1)) {
        const auto end = at + kWord.size();
        const bool is_word = (at == 0 || !is_of_a_name(lower[at - 1])) && end < lower.size() &&
                             !is_of_a_name(lower[end]) && lower[end] != '=';
        if (is_word) {
            return text.substr(0, end) + " ***";
        }
    }
    return text;
}

std::vector<QueryRow> query_list(const std::vector<NodeQueries>& nodes) {
    std::map<std::int64_t, QueryRow> rows;
    for (const NodeQueries& node : nodes) {
        for (const RunningQuery& query : node.queries) {
            const std::int64_t id = id_of(node, query);
            QueryRow& row = rows[id];
            row.id = id;
            add_part(row, node, query);
        }
    }
    for (const auto& [id, row] : rows) {
        for (const std::int64_t blocker : row.blocked_by) {
            if (const auto found = rows.find(blocker); found != rows.end()) {
                ++found->second.blocks;
            }
        }
    }
    std::vector<QueryRow> list;
    list.reserve(rows.size());
    for (auto& [id, row] : rows) {
        list.push_back(std::move(row));
    }
    std::stable_sort(list.begin(), list.end(), [](const QueryRow& left, const QueryRow& right) {
        return left.seconds > right.seconds;
    });
    return list;
}

}  // namespace citus_init::overview
