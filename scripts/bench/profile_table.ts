import type { Candidate } from "./candidates.ts";
import { LAYERS } from "./layers.ts";
import type { Profile, ProfileReport } from "./profile.ts";
import { WORKLOADS } from "./workloads.ts";

/** Order of the servers in a cell. */
const KINDS: readonly Candidate["kind"][] = ["handoff", "native", "library", "floor"];

/**
 * Builds the table of one runtime: a row for each workload, a column for the total and for each layer, and in
 * each cell Handoff, the servers that it is compared with, and the bare sockets if they take part.
 */
export function profileTable(report: ProfileReport, runtime: string): string[][] {
  const rows = WORKLOADS.flatMap(({ name, title }) => {
    const profiles = report.profiles.filter((one) => one.workload === name && one.runtime === runtime);
    if (profiles.length === 0) return [];
    profiles.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
    return [[
      title,
      cell(profiles, () => 1),
      ...LAYERS.map((layer) => cell(profiles, (one) => one.shares[layer])),
    ]];
  });
  return [["", "all", ...LAYERS], ...rows];
}

function cell(profiles: readonly Profile[], share: (profile: Profile) => number): string {
  return profiles.map((profile) => (profile.cost * share(profile)).toFixed(2)).join(" / ");
}
