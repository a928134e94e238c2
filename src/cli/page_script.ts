/**
 * The script of the page: asks for the figures once a second and shows them. It is JavaScript for the
 * browser.
 */
export const PAGE_SCRIPT = `
"use strict";
const COLUMNS = [
  ["Thread", (t) => t.name],
  ["Requests / s", null],
  ["Requests", (t) => count(t.requests)],
  ["Open", (t) => count(t.openConnections)],
  ["Accepted", (t) => count(t.acceptedConnections)],
  ["2xx", (t) => count(t.responses["2xx"])],
  ["3xx", (t) => count(t.responses["3xx"])],
  ["4xx", (t) => count(t.responses["4xx"])],
  ["5xx", (t) => count(t.responses["5xx"])],
  ["In", (t) => size(t.bytesIn)],
  ["Out", (t) => size(t.bytesOut)],
  ["Errors", (t) => count(t.errors)],
  ["Restarts", (t) => count(t.restarts)],
];
const count = (n) => n.toLocaleString("en");
const size = (n) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000;
  return (unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
};
const add = (a, b) => {
  const sum = {};
  for (const key of Object.keys(a)) {
    sum[key] = typeof a[key] === "object" ? add(a[key], b[key]) : a[key] + b[key];
  }
  return sum;
};
const table = document.getElementById("figures");
const state = document.getElementById("state");
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
const bar = (share) => {
  const track = document.createElement("i");
  if (share > 0) track.append(document.createElement("b"));
  for (const filled of track.children) filled.style.width = 100 * share + "%";
  return track;
};
const row = (thread, most) => {
  const line = document.createElement("tr");
  for (const [title, read] of COLUMNS) {
    const cell = element("td", read === null ? "" : read(thread));
    if (read === null) {
      if (most !== null) cell.append(bar(thread.rate / Math.max(most, 1)));
      cell.append(element("span", count(thread.rate)));
      cell.className = "bar";
    }
    if ((title === "Errors" && thread.errors > 0) || (title === "5xx" && thread.responses["5xx"] > 0)) {
      cell.className = "bad";
    }
    line.append(cell);
  }
  return line;
};
const heading = document.createElement("tr");
heading.append(...COLUMNS.map(([title]) => element("th", title)));
table.tHead.append(heading);
let before = null;
let then = 0;
const show = (stats, now) => {
  const threads = stats.threads.map((thread, index) => ({ ...thread, name: String(index) }));
  threads.forEach((thread, index) => {
    const last = before === null ? undefined : before[index];
    const done = last === undefined ? 0 : Math.max(0, thread.requests - last.requests);
    thread.rate = Math.round(done * 1000 / (now - then));
  });
  before = threads;
  then = now;
  const most = Math.max(...threads.map((thread) => thread.rate));
  const acceptors = stats.acceptor ? [{ ...stats.acceptor, name: "Acceptor", rate: 0 }] : [];
  const rows = [...threads.map((thread) => row(thread, most)), ...acceptors.map((one) => row(one, null))];
  table.tBodies[0].replaceChildren(...rows);
  table.tFoot.replaceChildren();
  if (threads.length > 1) table.tFoot.append(row({ ...[...threads, ...acceptors].reduce(add), name: "All" }, null));
};
const poll = async () => {
  try {
    const answer = await fetch("/stats", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.json(), performance.now());
    state.textContent = "live";
  } catch {
    state.textContent = "not reachable";
  }
  setTimeout(poll, 1000);
};
show(JSON.parse(document.getElementById("stats").textContent), performance.now());
setTimeout(poll, 1000);
`;
