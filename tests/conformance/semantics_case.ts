import type { SemanticsContext } from "./semantics_context.ts";
import type { ParsedResponse } from "./strict_client.ts";

/** Reasons why a case is impossible, by the name of the runtime. */
export type Gaps = Readonly<Record<string, string>>;

/** A required behaviour of the server. */
export interface SemanticsCase {
  readonly name: string;
  readonly run: (context: SemanticsContext) => Promise<void>;
  readonly gaps: Gaps;
}

/** A group of cases: a row of the table. */
export interface SemanticsSection {
  readonly title: string;
  readonly cases: readonly SemanticsCase[];
}

/** Adds a case. */
export type Check = (name: string, run: SemanticsCase["run"], gaps?: Gaps) => void;

/** Creates a section with the cases that `add` adds. */
export function section(title: string, add: (check: Check) => void): SemanticsSection {
  const cases: SemanticsCase[] = [];
  add((name, run, gaps = {}) => cases.push({ name, run, gaps }));
  return { title, cases };
}

/** Lists status and content of the final responses. */
export function answers(responses: readonly ParsedResponse[]): [number, string][] {
  return responses.filter(({ status }) => status >= 200).map(({ status, body }) => [status, body]);
}

/** Lists the statuses of all responses, including interim ones. */
export function statuses(responses: readonly ParsedResponse[]): number[] {
  return responses.map(({ status }) => status);
}

/** Number of bytes in a KiB. */
export const KIB = 1024;
