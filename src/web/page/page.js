"use strict";

// --- Texts ---

const byId = (id) => document.getElementById(id);
const known = (value) => value !== null && value !== undefined;

function sizeText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (Math.abs(bytes) >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    ++unit;
  }
  return `${unit && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

function durationText(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const whenKnown = (value, text) => (known(value) ? text(value) : "");
const share = (part, whole) => (whole > 0 ? Math.min(1, part / whole) : 0);

// --- Rows: only what differs from before is written, so that a selection stays ---

// A cell: a text, or {text, mark, bar, code}: the class of the text, a fraction, a statement.
function writeCell(element, cell) {
  const { text, mark, bar, code } = typeof cell === "string" ? { text: cell } : cell;
  const inner = document.createElement(code ? "code" : "span");
  inner.textContent = text;
  if (mark) inner.className = mark;
  element.replaceChildren(...(text === "" ? [] : [inner]));
  if (known(bar) && text !== "") {
    const line = document.createElement("span");
    line.className = "bar";
    line.setAttribute("aria-hidden", "true");
    line.style.setProperty("--part", `${(bar * 100).toFixed(1)}%`);
    inner.append(line);
  }
}

function writeRow(row, cells, labels) {
  const before = row.shown || [];
  cells.forEach((cell, index) => {
    const shown = JSON.stringify(cell);
    if (shown === before[index]) return;
    const element = row.cells[index] || row.insertCell();
    element.dataset.label = labels[index];
    writeCell(element, cell);
    before[index] = shown;
  });
  row.shown = before;
}

// `rows`: [{key, cells}]; of equal keys the second has a number, the third the next one. The section of a table without
// rows is hidden.
function writeTable(bodyId, rows, hideEmpty = true) {
  const times = new Map();
  const numbered = (key) => {
    times.set(key, (times.get(key) || 0) + 1);
    return times.get(key) === 1 ? key : `${key} ${times.get(key)}`;
  };
  const body = byId(bodyId);
  const labels = [...body.closest("table").tHead.rows[0].cells].map((cell) => cell.textContent);
  const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  rows.forEach(({ key: name, cells }, index) => {
    const key = numbered(name);
    const row = before.get(key) || document.createElement("tr");
    before.delete(key);
    row.dataset.key = key;
    writeRow(row, cells, labels);
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] || null);
  });
  before.forEach((row) => row.remove());
  if (hideEmpty) body.closest("section").hidden = rows.length === 0;
}

function writeText(id, text, mark) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
  if (known(mark) && element.className !== mark) element.className = mark;
}

// --- Sections ---

function showNode(overview) {
  const { node } = overview;
  const ready = node.phase === "ready";
  writeText("name", node.name || "PostgreSQL");
  writeText("role", node.role);
  writeText("phase", node.phase, `state ${ready ? "good" : node.phase === "failed" ? "bad" : "warn"}`);
  writeText("reason", [node.reason, node.membership].filter(Boolean).join("; "));
  document.title = `${ready ? "" : `${node.phase}: `}${node.name || "PostgreSQL"} – citus-init`;
  const facts = [];
  if (node.postgresql) facts.push(`PostgreSQL ${node.postgresql}`);
  if (node.citus) facts.push(`Citus ${node.citus}`);
  if (node.started) facts.push(`server up for ${durationText(overview.now - node.started)}`);
  if (node.restarts) facts.push(`${plural(node.restarts, "restart")} after crashes`);
  if (known(overview.lag)) facts.push(`${durationText(overview.lag)} behind its primary`);
  if (node.certificate_ends) facts.push(`certificate ends in ${durationText(node.certificate_ends - overview.now)}`);
  if (known(node.lease_left)) facts.push(`lease ends in ${durationText(node.lease_left)} unless renewed`);
  writeText("facts", facts.join(" · "));
}

function showObstacles(obstacles) {
  const list = byId("obstacle-list");
  const shown = JSON.stringify(obstacles);
  if (list.shown === shown) return;
  list.shown = shown;
  list.replaceChildren(...obstacles.map(({ severity, node, text, command }) => {
    const item = document.createElement("li");
    item.className = severity;
    const label = document.createElement("strong");
    label.className = severity === "error" ? "bad" : "warn";
    label.textContent = severity;
    item.append(label, ` ${node ? `${node}: ` : ""}${text}`);
    if (command) {
      const code = document.createElement("code");
      code.textContent = command;
      item.append(code);
    }
    return item;
  }));
  if (!obstacles.length) {
    const item = document.createElement("li");
    item.textContent = "Nothing.";
    list.append(item);
  }
}

const stateMarks = { up: "good", down: "bad", inactive: "warn", unknown: "quiet", standby: "quiet" };

function showNodes({ nodes, imbalance, pool_size: poolSize }) {
  const largest = Math.max(0, ...nodes.map((node) => node.bytes || 0));
  const ratio = known(imbalance.bytes) ? imbalance.bytes : imbalance.shards;
  const count = (state) => nodes.filter((node) => node.state === state).length;
  const notes = nodes.length > 1 ? [`${count("up")} of ${nodes.length} up`] : [];
  if (known(ratio)) notes.push(`the fullest has ${ratio.toFixed(2)} times the mean`);
  writeText("nodes-note", notes.join(", "));
  writeTable("node-rows", nodes.map((node) => ({
    key: node.address,
    cells: [
      node.address,
      { text: node.reason ? `${node.state}: ${node.reason}` : node.state, mark: stateMarks[node.state] },
      node.has_shards ? whenKnown(node.shards, String) : whenKnown(node.shards, (shards) => (shards ? `${shards}, no new ones` : "none")),
      { text: whenKnown(node.bytes, sizeText), bar: share(node.bytes, largest) },
      { text: whenKnown(node.connections, (used) => `${used} of ${node.max_connections}`), bar: share(node.connections, node.max_connections) },
      { text: whenKnown(node.pool_used, (used) => (poolSize ? `${used} of ${poolSize}` : String(used))),
        bar: poolSize ? share(node.pool_used, poolSize) : null },
      whenKnown(node.round_trip, (seconds) => `${(seconds * 1000).toFixed(1)} ms`),
      [node.postgresql, node.citus && `Citus ${node.citus}`].filter(Boolean).join(", "),
    ],
  })), false);
}

function showMoves({ moves, moves_done: done, moves_queued: queued }) {
  writeText("moves-note", [done && `${done} done`, queued && `${queued} queued`].filter(Boolean).join(", "));
  writeTable("move-rows", moves.map((move) => ({
    key: `${move.shard_id} ${move.target}`,
    cells: [
      move.table, String(move.shard_id), move.source, move.target, move.state,
      { text: `${sizeText(move.copied_bytes)} of ${sizeText(move.bytes)}`, bar: share(move.copied_bytes, move.bytes) },
      whenKnown(move.left, durationText),
    ],
  })));
}

function showQueries(queries) {
  writeTable("query-rows", queries.map((query) => ({
    key: query.id,
    cells: [
      query.id,
      { text: durationText(query.seconds), mark: query.seconds > 60 ? "warn" : "" },
      query.state,
      { text: query.waits_for, mark: query.waits_for.startsWith("Lock") ? "bad" : "" },
      { text: [...query.blocked_by, ...(query.blocked_by_prepared ? ["a prepared transaction"] : [])].join(", "), mark: "bad" },
      `${query.role}, ${query.database}`,
      query.nodes.join(", "),
      { text: query.text, code: true },
    ],
  })));
}

function showSessions(sessions) {
  const clients = (sessions || []).filter((group) => group.is_client);
  writeTable("session-rows", clients.map((group) => ({
    key: JSON.stringify([group.database, group.role, group.state, group.waits_for_lock]),
    cells: [
      group.database || "", group.role,
      { text: group.state + (group.waits_for_lock ? ", waits for a lock" : ""), mark: group.waits_for_lock ? "bad" : "" },
      String(group.count), group.oldest_transaction ? durationText(group.oldest_transaction) : "",
    ],
  })));
}

function showReplication({ replicas, slots, archiver }) {
  const rows = (replicas || []).map((replica) => ({
    key: `receiver ${replica.application_name} ${replica.address}`,
    cells: [`${replica.application_name} ${replica.address}`, `receiver, ${replica.sync_state}`, replica.state,
      [whenKnown(replica.lag_bytes, sizeText), whenKnown(replica.lag, durationText)].filter(Boolean).join(", ")],
  }));
  rows.push(...(slots || []).map((slot) => ({
    key: `slot ${slot.name}`,
    cells: [slot.name, `slot, ${slot.type}`,
      { text: slot.lost ? "lost" : slot.active ? "in use" : "not in use", mark: slot.lost ? "bad" : slot.active ? "" : "warn" },
      whenKnown(slot.retained_bytes, (bytes) => `keeps ${sizeText(bytes)} of WAL`)],
  })));
  writeTable("replication-rows", rows, false);
  byId("replication-rows").closest("table").hidden = rows.length === 0;
  writeText("replication-note", rows.length ? "" : "no receiver, no slot");
  const archive = !archiver ? "" : !archiver.enabled ? "WAL is not archived." :
    `${plural(archiver.archived, "WAL file")} archived, the last ${whenKnown(archiver.last_archive_age, (age) => `${durationText(age)} ago`) || "never"}` +
    (archiver.failing ? "; the last attempt failed." : ".");
  writeText("archive", archive, archiver && archiver.failing ? "bad" : "");
}

// Why something fails, and since when.
function failureText(failed, since, now) {
  const began = Date.parse(since) / 1000;
  return { text: began ? `${failed}; for ${durationText(Math.max(0, now - began))}` : failed, mark: "bad" };
}

function archivingCell(archiving, now) {
  const { failed, since, waiting_segments: segments, waiting_bytes: bytes, disk_lasts: lasts } = archiving;
  if (!failed) return `WAL reaches the stanza ${archiving.stanza}`;
  const cell = failureText(failed, since, now);
  if (archiving.pending) cell.mark = "warn";
  if (segments) cell.text += `; ${plural(segments, "segment")} (${sizeText(bytes)}) in pg_wal`;
  cell.text += whenKnown(lasts, (left) => `; its disk is full in ${durationText(left)}`);
  return cell;
}

function showBackups({ now, archiving, backup }) {
  const ago = (time) => (known(time) ? `${durationText(Math.max(0, now - time))} ago` : "never");
  const rows = archiving ? [["archive", "", archivingCell(archiving, now)]] : [];
  if (backup) {
    const next = !known(backup.next) || backup.next <= now ? "now" : `in ${durationText(backup.next - now)}`;
    rows.push(["last full backup", ago(backup.last_full), ""], ["last backup", ago(backup.last), ""],
      ["last restore point", ago(backup.last_point), ""],
      ["next, by the schedule", next, backup.failed ? failureText(backup.failed, backup.since, now) : ""]);
  }
  writeText("backups-note", backup && backup.failed ? "what is due is not made" : "");
  writeTable("backup-rows", rows.map((cells) => ({ key: cells[0], cells })));
}

// --- The log ---

const levels = ["debug", "info", "warning", "error"];
const levelMarks = ["quiet", "", "warn", "bad"];
const mostLines = 500;
let lines = [];

function lineElement({ time, level, text }) {
  const item = document.createElement("li");
  item.className = levelMarks[level];
  item.textContent = `${time} ${levels[level]} ${text}`;
  return item;
}

function showLog(newLines) {
  lines.push(...newLines);
  lines = lines.slice(-mostLines);
  const list = byId("log-lines");
  const follows = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
  const least = Number(byId("level").value);
  list.replaceChildren(...lines.filter((line) => line.level >= least).map(lineElement));
  if (follows) list.scrollTop = list.scrollHeight;
  byId("log").hidden = lines.length === 0;
}

// --- What the node says ---

let taken = 0;

function show(overview) {
  taken = Date.now();
  showNode(overview);
  showObstacles(overview.obstacles);
  showNodes(overview);
  showMoves(overview);
  showQueries(overview.queries);
  showSessions(overview.sessions);
  showReplication(overview);
  showBackups(overview);
  age = overview.age;
  showLive();
}

let age = null;
let connection = "connecting";

function showLive() {
  const seconds = taken ? (Date.now() - taken) / 1000 : 0;
  const old = known(age) ? age + seconds : null;
  const numbers = known(old) ? `, numbers of ${durationText(Math.max(1, old))} ago` : "";
  writeText("live", connection + numbers, connection === "live" ? "" : "warn");
}

// Where no stream is to be had (too many pages, a proxy that holds it back), the page asks instead,
// and tries the stream again after a minute.
function poll(left = 12) {
  fetch("overview", { cache: "no-store" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status}`))))
    .then((overview) => { connection = "every 5 s"; show(overview); })
    .catch(() => { connection = "no connection"; showLive(); })
    .finally(() => setTimeout(left > 1 ? () => poll(left - 1) : listen, 5000));
}

function listen() {
  let failures = 0;
  const stream = new EventSource("events");
  stream.addEventListener("overview", (event) => {
    failures = 0;
    connection = "live";
    show(JSON.parse(event.data));
  });
  stream.addEventListener("log", (event) => showLog(JSON.parse(event.data)));
  stream.addEventListener("open", () => { lines = []; });
  stream.addEventListener("error", () => {
    connection = "no connection, trying again";
    showLive();
    if (++failures > 3 || stream.readyState === EventSource.CLOSED) {
      stream.close();
      poll();
    }
  });
}

byId("level").addEventListener("change", () => showLog([]));
byId("log").hidden = true;
setInterval(showLive, 1000);
if ("EventSource" in window) listen(); else poll();
