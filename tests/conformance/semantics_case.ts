import type { SemanticsContext } from "./semantics_context.ts";
import type { ParsedResponse } from "./strict_client.ts";

/** By the name of a runtime: why the server cannot do there what a case asks for. */
export type Gaps = Readonly<Record<string, string>>;

/** Something that the server has to do. */
export interface SemanticsCase {
  readonly name: string;
  readonly run: (context: SemanticsContext) => Promise<void>;
  readonly gaps: Gaps;
}

/** Cases that belong together: a row of the table. */
export interface SemanticsSection {
  readonly title: string;
  readonly cases: readonly SemanticsCase[];
}

/** Adds a case. */
export type Check = (name: string, run: SemanticsCase["run"], gaps?: Gaps) => void;

/** Makes a section of the cases that `add` adds. */
export function section(title: string, add: (check: Check) => void): SemanticsSection {
  const cases: SemanticsCase[] = [];
  add((name, run, gaps = {}) => cases.push({ name, run, gaps }));
  return { title, cases };
}

/** The final responses: statuses and contents. */
export function answers(responses: readonly ParsedResponse[]): [number, string][] {
  return responses.filter(({ status }) => status >= 200).map(({ status, body }) => [status, body]);
}

/** The statuses of all responses, interim ones too. */
export function statuses(responses: readonly ParsedResponse[]): number[] {
  return responses.map(({ status }) => status);
}

/** Bytes. */
export const KIB = 1024;
