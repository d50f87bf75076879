#include "cli/top/top_screen.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/base/utf8.h"

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

using overview::NodeRow;
using overview::Obstacle;
using overview::Overview;
using overview::QueryRow;

enum class Style { plain, title, good, bad, warning };

struct Line {
    std::string text;
    Style style = Style::plain;
};
using Lines = std::vector<Line>;

const char* escape_of(Style style) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::title:
            return "\033[1m";
        case Style::good:
            return "\033[32m";
        case Style::bad:
            return "\033[31m";
        case Style::warning:
            return "\033[33m";
    }
    return "";
}

// At most `columns` characters, of which none moves the cursor.
std::string cut(std::string_view text, std::size_t columns) {
    std::string shown;
    for (std::size_t count = 0; !text.empty() && count < columns; ++count) {
        const std::size_t length = utf8_length(text);
        const auto character = text.substr(0, std::max<std::size_t>(length, 1));
        // U+0080 to U+009F move it, too.
        const bool is_c1 = length == 2 && character[0] == '\xc2' &&
                           static_cast<unsigned char>(character[1]) < 0xa0;
        const bool is_shown = length != 0 && !has_control_character(character) && !is_c1;
        shown += is_shown ? character : "?";
        text.remove_prefix(character.size());
    }
    return shown;
}

std::string seconds_text(double seconds) {
    return seconds < 1 ? fmt::format("{:.0f} ms", seconds * 1000)
                       : duration_text(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

template <typename Text>
std::string if_known(const std::optional<double>& value, const Text& text) {
    return value ? text(*value) : "";
}

std::string number_text(double number) {
    return fmt::format("{:.0f}", number);
}

// A table with its title, at most `most` rows of it. `styles` has one for each row but the head's.
void add_table(Lines& lines, const std::string& title, std::vector<std::vector<std::string>> rows,
               const std::vector<Style>& styles, std::size_t most) {
    const std::size_t left_out = rows.size() - 1 > most ? rows.size() - 1 - most : 0;
    rows.resize(rows.size() - left_out);
    lines.push_back({""});
    lines.push_back({title, Style::title});
    const auto texts = split(table_text(rows), '\n');
    for (std::size_t row = 0; row < rows.size(); ++row) {
        lines.push_back({texts[row], row == 0 ? Style::plain : styles[row - 1]});
    }
    if (left_out > 0) {
        lines.push_back({fmt::format("and {} more", left_out)});
    }
}

// --- Sections ---

void add_head(Lines& lines, const Overview& overview) {
    const auto& node = overview.node;
    const bool is_ready = node.phase == "ready";
    lines.push_back(
        {fmt::format("{}{}: {}, {}", node.name.empty() ? "PostgreSQL" : node.name,
                     node.role.empty() ? "" : " (" + node.role + ")", node.phase, node.reason),
         is_ready                 ? Style::good
         : node.phase == "failed" ? Style::bad
                                  : Style::warning});
    std::vector<std::string> facts;
    const auto add = [&](const std::string& fact) {
        if (!fact.empty()) {
            facts.push_back(fact);
        }
    };
    add(node.postgresql.empty() ? "" : "PostgreSQL " + node.postgresql);
    add(node.citus.empty() ? "" : "Citus " + node.citus);
    const auto now = monitor::Seconds(overview.now.time_since_epoch()).count();
    add(if_known(node.started, [&](double at) { return "up for " + seconds_text(now - at); }));
    add(node.restarts == 0 ? ""
                           : fmt::format("{} restart{} after crashes", node.restarts,
                                         node.restarts == 1 ? "" : "s"));
    add(if_known(node.lease_left, [](double left) {
        return fmt::format("lease ends in {:.0f} s unless renewed", left);
    }));
    add(if_known(overview.lag, [](double lag) { return seconds_text(lag) + " behind"; }));
    add(node.membership);
    lines.push_back({join(facts, ", ")});
}

void add_obstacles(Lines& lines, const Overview& overview, std::size_t most) {
    if (overview.obstacles.empty()) {
        return;
    }
    lines.push_back({""});
    lines.push_back({"IN THE WAY", Style::title});
    std::size_t shown = 0;
    for (const Obstacle& obstacle : overview.obstacles) {
        if (shown++ == most) {
            lines.push_back({fmt::format("and {} more", overview.obstacles.size() - most)});
            return;
        }
        const bool is_error = obstacle.severity == Obstacle::Severity::error;
        lines.push_back(
            {fmt::format("{}{}: {}", obstacle.node,
                         obstacle.node.empty() ? overview::severity_name(obstacle.severity) : "",
                         one_line(obstacle.text)),
             is_error ? Style::bad : Style::warning});
        if (!obstacle.command.empty()) {
            lines.push_back({"    " + obstacle.command});
        }
    }
}

Style style_of(NodeRow::State state) {
    switch (state) {
        case NodeRow::State::down:
            return Style::bad;
        case NodeRow::State::inactive:
            return Style::warning;
        case NodeRow::State::up:
        case NodeRow::State::unknown:
        case NodeRow::State::standby:
            break;
    }
    return Style::plain;
}

std::vector<std::string> cells_of(const NodeRow& node, const std::optional<double>& pool_size) {
    const auto of = [](const std::optional<double>& part, const std::optional<double>& whole) {
        return if_known(part, number_text) + (part && whole ? "/" + number_text(*whole) : "");
    };
    return {node.address,
            overview::state_name(node.state),
            if_known(node.shards, number_text),
            if_known(node.bytes, [](double bytes) { return size_text(bytes); }),
            of(node.connections, node.max_connections),
            of(node.pool_used, pool_size),
            if_known(node.round_trip, seconds_text),
            node.postgresql,
            node.citus};
}

void add_nodes(Lines& lines, const Overview& overview, std::size_t most) {
    auto nodes = overview.nodes;
    std::stable_partition(nodes.begin(), nodes.end(), [](const NodeRow& node) {
        return node.state == NodeRow::State::down || node.state == NodeRow::State::inactive;
    });
    std::vector<std::vector<std::string>> rows{{"node", "state", "shards", "size", "connections",
                                                "pool", "round trip", "postgresql", "citus"}};
    std::vector<Style> styles;
    for (const NodeRow& node : nodes) {
        rows.push_back(cells_of(node, overview.pool_size));
        styles.push_back(style_of(node.state));
    }
    const auto ratio =
        overview.imbalance.bytes ? overview.imbalance.bytes : overview.imbalance.shards;
    add_table(lines,
              "NODES" + if_known(ratio,
                                 [](double value) {
                                     return fmt::format("  the fullest has {:.2f} times the mean",
                                                        value);
                                 }),
              std::move(rows), styles, most);
}

void add_moves(Lines& lines, const Overview& overview, std::size_t most) {
    if (overview.moves.empty() && overview.moves_queued == 0) {
        return;
    }
    std::vector<std::vector<std::string>> rows{
        {"table", "shard", "from", "to", "state", "copied", "left"}};
    for (const auto& move : overview.moves) {
        rows.push_back({move.table, fmt::format("{}", move.shard_id), move.source.text(),
                        move.target.text(), monitor::state_name(move.state),
                        size_text(move.copied_bytes) + " of " + size_text(move.bytes),
                        move.left ? seconds_text(move.left->count()) : ""});
    }
    const std::vector<Style> styles(rows.size(), Style::plain);
    add_table(lines,
              fmt::format("SHARD MOVES  {:.0f} done, {:.0f} queued", overview.moves_done,
                          overview.moves_queued),
              std::move(rows), styles, most);
}

std::string blockers_of(const QueryRow& query) {
    std::vector<std::string> blockers;
    for (const std::int64_t id : query.blocked_by) {
        blockers.push_back(fmt::format("{}", id));
    }
    if (query.blocked_by_prepared) {
        blockers.emplace_back("a prepared transaction");
    }
    return join(blockers, ",");
}

void add_queries(Lines& lines, const Overview& overview, std::size_t most) {
    if (overview.queries.empty()) {
        return;
    }
    std::vector<std::vector<std::string>> rows{
        {"process", "for", "state", "waits for", "blocked by", "role", "statement"}};
    std::vector<Style> styles;
    for (const QueryRow& query : overview.queries) {
        rows.push_back({fmt::format("{}", query.id), seconds_text(query.seconds), query.state,
                        query.waits_for, blockers_of(query), query.role, query.text});
        const bool is_blocked = !query.blocked_by.empty() || query.blocked_by_prepared;
        styles.push_back(is_blocked         ? Style::bad
                         : query.blocks > 0 ? Style::warning
                                            : Style::plain);
    }
    add_table(lines, "STATEMENTS", std::move(rows), styles, most);
}

void add_failure(Lines& lines, const status::Condition& condition, const std::string& text) {
    if (!is_none(condition)) {
        const bool is_pending = condition.kind == status::ConditionKind::archiving_pending;
        lines.push_back({one_line(text), is_pending ? Style::warning : Style::bad});
    }
}

void add_backups(Lines& lines, const Overview& overview) {
    if (!overview.backup && !overview.archiving) {
        return;
    }
    lines.push_back({""});
    lines.push_back({"BACKUPS", Style::title});
    if (const auto& archiving = overview.archiving) {
        if (is_none(archiving->condition)) {
            lines.push_back({"WAL reaches the stanza " + archiving->stanza});
        }
        add_failure(lines, archiving->condition, text_of(*archiving));
    }
    if (const auto& backup = overview.backup) {
        const auto now = monitor::Seconds(overview.now.time_since_epoch()).count();
        const auto ago = [now](std::optional<std::int64_t> time) {
            return time ? seconds_text(std::max(1.0, now - static_cast<double>(*time))) + " ago"
                        : "never";
        };
        const double left = static_cast<double>(backup->next.value_or(0)) - now;
        lines.push_back(
            {fmt::format("full {}, last {}, restore point {}, next {}", ago(backup->last_full),
                         ago(backup->last), ago(backup->last_point),
                         left > 0 ? "in " + seconds_text(std::max(1.0, left)) : "now")});
        add_failure(lines, backup->condition, text_of(*backup));
    }
}

}  // namespace

std::string top_screen(const Overview& overview, ScreenSize size, bool colors) {
    constexpr std::size_t kLeast = 3;
    Lines lines;
    add_head(lines, overview);
    add_obstacles(lines, overview, std::max(size.rows / 8, kLeast));
    add_nodes(lines, overview, std::max(size.rows / 3, kLeast));
    add_moves(lines, overview, std::max(size.rows / 6, kLeast));
    add_backups(lines, overview);
    add_queries(lines, overview, size.rows);
    if (lines.size() > size.rows) {
        const std::size_t hidden = lines.size() - size.rows + 1;
        lines.resize(size.rows);
        lines.back() = {fmt::format("{} more lines find no room here", hidden)};
    }
    std::string text;
    for (const Line& line : lines) {
        const bool is_styled = colors && line.style != Style::plain;
        text += is_styled ? escape_of(line.style) : "";
        text += cut(line.text, size.columns);
        text += is_styled ? "\033[0m" : "";
        text += "\n";
    }
    return text;
}

}  // namespace citus_init::cli
