/**
 * The script of the page: asks for the figures once a second and shows them. It is JavaScript for the
 * browser.
 */
export const PAGE_SCRIPT = `
"use strict";
const SAMPLES = 60;
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
    sum[key] = a[key] !== null && typeof a[key] === "object" ? add(a[key], b[key]) : a[key] + b[key];
  }
  return sum;
};
const duration = (seconds) => {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]
    .map(([unit, name], i, all) => [Math.floor((i === 0 ? seconds : seconds % all[i - 1][0]) / unit), name]);
  const first = parts.findIndex(([n]) => n > 0);
  return first === -1 ? "0 s" : parts.slice(first, first + 2).map((part) => part.join(" ")).join(" ");
};
const table = document.getElementById("figures");
const state = document.getElementById("state");
const uptime = document.getElementById("uptime");
const element = (name, text, role) => {
  const made = Object.assign(document.createElement(name), { textContent: text });
  if (role) made.setAttribute("role", role);
  return made;
};
const NS = "http://www.w3.org/2000/svg";
const line = (samples, most) => {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 " + (SAMPLES - 1) + " 20");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "polyline");
  const from = SAMPLES - samples.length;
  path.setAttribute("points", samples.map((n, i) => (from + i) + "," + (19 - 18 * n / Math.max(most, 1))).join(" "));
  svg.append(path);
  return svg;
};
const row = (thread, most) => {
  const made = element("tr", "", "row");
  for (const [title, read] of COLUMNS) {
    const isName = title === "Thread";
    const cell = element(isName ? "th" : "td", read === null ? "" : read(thread), isName ? "rowheader" : "cell");
    if (isName) cell.scope = "row";
    cell.dataset.title = title;
    if (read === null) {
      if (most !== null) cell.append(line(thread.samples, most));
      cell.append(element("span", count(thread.rate)));
      cell.className = "rate";
    }
    if ((title === "Errors" && thread.errors > 0) || (title === "5xx" && thread.responses["5xx"] > 0)) {
      cell.className = "bad";
    }
    made.append(cell);
  }
  return made;
};
const heading = element("tr", "", "row");
heading.append(...COLUMNS.map(([title]) => Object.assign(element("th", title, "columnheader"), { scope: "col" })));
table.tHead.append(heading);
let before = null;
let then = 0;
const samples = [];
const show = (stats, now) => {
  const threads = stats.threads.map((thread, index) => ({ ...thread, name: String(index) }));
  threads.forEach((thread, index) => {
    const last = before === null ? undefined : before[index];
    const done = last === undefined ? 0 : Math.max(0, thread.requests - last.requests);
    thread.rate = Math.round(done * 1000 / (now - then));
    const own = samples[index] = samples[index] || [];
    if (last !== undefined) own.push(thread.rate);
    if (own.length > SAMPLES) own.shift();
    thread.samples = own;
  });
  before = threads;
  then = now;
  const most = Math.max(1, ...samples.flat());
  const acceptors = stats.acceptor ? [{ ...stats.acceptor, name: "Acceptor", rate: 0, samples: [] }] : [];
  const rows = [...threads.map((thread) => row(thread, most)), ...acceptors.map((one) => row(one, null))];
  table.tBodies[0].replaceChildren(...rows);
  table.tFoot.replaceChildren();
  if (threads.length > 1) {
    const sum = [...threads, ...acceptors].map((one) => ({ ...one, samples: null })).reduce(add);
    table.tFoot.append(row({ ...sum, name: "All" }, null));
  }
};
const tell = (text) => {
  // A screen reader is told of a change, not of every second.
  if (state.textContent !== text) state.textContent = text;
};
const started = uptime && performance.now() - 1000 * Number(uptime.dataset.seconds);
const poll = async () => {
  try {
    const answer = await fetch("/stats", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.json(), performance.now());
    if (uptime) uptime.textContent = duration((performance.now() - started) / 1000);
    tell("Live");
  } catch {
    tell("Not reachable");
  }
  setTimeout(poll, 1000);
};
show(JSON.parse(document.getElementById("stats").textContent), performance.now());
if (uptime) uptime.textContent = duration(Number(uptime.dataset.seconds));
setTimeout(poll, 1000);
for (const button of navigator.clipboard ? document.querySelectorAll(".copy button") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
`;
