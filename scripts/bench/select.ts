import { textOption } from "./options.ts";

/** An object with a name for `--only`. */
interface Named {
  readonly name: string;
}

/**
 * Selects by the words of `--only`: words in the name of a workload select workloads, others select
 * candidates. Without words for one kind, all of that kind are selected.
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
