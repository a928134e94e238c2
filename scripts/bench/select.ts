import { textOption } from "./options.ts";

/** What has a name by which it can be asked for. */
interface Named {
  readonly name: string;
}

/**
 * What `--only` names: words that are part of a workload's name choose workloads, others candidates. All of a kind where none of
 * it is named.
 *
 * @throws {Error} If a word is part of no name.
 */
export function select<W extends Named, C extends Named>(
  args: readonly string[],
  workloads: readonly W[],
  candidates: readonly C[],
): { workloads: readonly W[]; candidates: readonly C[] } {
  const only = textOption(args, "only")?.split(",") ?? [];
  const known = [...workloads, ...candidates];
  const unknown = only.filter((word) => !known.some(({ name }) => name.includes(word)));
  if (unknown.length > 0) {
    const names = known.map(({ name }) => name).join(", ");
    throw new Error(`Cannot bench "${unknown.join('", "')}": there are ${names}`);
  }
  const choose = <T extends Named>(all: readonly T[]): readonly T[] => {
    const chosen = all.filter(({ name }) => only.some((word) => name.includes(word)));
    return chosen.length === 0 ? all : chosen;
  };
  return { workloads: choose(workloads), candidates: choose(candidates) };
}
