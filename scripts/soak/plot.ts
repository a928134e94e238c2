import type { Sample } from "./sample.ts";

const WIDTH = 720;
const HEIGHT = 120;
const MARGIN = 40;
const MIB = 1024 * 1024;

/** One graph: its title, and the value of each sample but the first. */
interface Graph {
  readonly title: string;
  readonly value: (sample: Sample, before: Sample) => number;
}

const GRAPHS: readonly Graph[] = [
  { title: "Resident memory, MiB", value: ({ memory }) => memory / MIB },
  { title: "Heap of the first thread, MiB", value: ({ heap }) => heap / MIB },
  { title: "Open connections", value: ({ open }) => open },
  { title: "File descriptors", value: ({ descriptors }) => descriptors },
  {
    title: "Requests a second",
    value: (sample, before) => (sample.requests - before.requests) / (sample.time - before.time),
  },
];

/** Draws the samples of a soak as SVG: one graph below the other, over the same time. */
export function plot(title: string, samples: readonly Sample[]): string {
  const height = MARGIN + GRAPHS.length * (HEIGHT + MARGIN);
  const graphs = GRAPHS.map((graph, i) => drawGraph(graph, samples, MARGIN + i * (HEIGHT + MARGIN)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 2 * MARGIN} ${height}" ` +
    `font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>\n` +
    `<text x="${MARGIN}" y="20" font-size="14">${escape(title)}</text>\n${graphs.join("\n")}\n</svg>\n`;
}

function drawGraph({ title, value }: Graph, samples: readonly Sample[], top: number): string {
  const values = samples.slice(1).map((sample, i) => value(sample, samples[i]!));
  const most = Math.max(...values, 1);
  const end = samples.at(-1)?.time ?? 1;
  const points = values.map((y, i) => {
    const x = MARGIN + WIDTH * samples[i + 1]!.time / end;
    return `${x.toFixed(1)},${(top + HEIGHT - HEIGHT * y / most).toFixed(1)}`;
  });
  const label = `${title}: at most ${most.toFixed(1)}, last ${(values.at(-1) ?? 0).toFixed(1)}`;
  return `<rect x="${MARGIN}" y="${top}" width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="#ccc"/>\n` +
    `<text x="${MARGIN}" y="${top - 5}">${escape(label)}</text>\n` +
    `<polyline fill="none" stroke="#1565c0" stroke-width="1.5" points="${points.join(" ")}"/>\n` +
    `<text x="${MARGIN + WIDTH}" y="${top + HEIGHT + 14}" text-anchor="end">${end.toFixed(0)} s</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
