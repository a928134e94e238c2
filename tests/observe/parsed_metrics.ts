import parsePrometheus from "npm:parse-prometheus-text-format@1.1.1";

/** A sample as the parser of npm reads it. */
export interface ParsedMetric {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly buckets?: Readonly<Record<string, string>>;
  readonly count?: string;
  readonly sum?: string;
}

/** Reads metrics with a parser from npm: the samples of each, by its name. */
export function parseMetrics(text: string): Readonly<Record<string, readonly ParsedMetric[]>> {
  const parse = parsePrometheus as unknown as (text: string) => { name: string; metrics: ParsedMetric[] }[];
  return Object.fromEntries(parse(text).map(({ name, metrics }) => [name, metrics]));
}
