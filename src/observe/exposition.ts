/** The type of a metric in Prometheus. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The labels of a sample by name. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  /** Suffix of the name of the metric: `_bucket`, `_sum` and `_count` of a histogram; empty otherwise. */
  readonly suffix?: string;
  /** The labels; none by default. */
  readonly labels?: Labels;
  /** The value. */
  readonly value: number;
}

/** A metric and its samples. */
export interface MetricFamily {
  /** For example `handoff_responses_total`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** The type of the values. */
  readonly type: MetricType;
  /** The values, one for each combination of labels. */
  readonly samples: readonly Sample[];
}

/** The media type of the text that {@linkcode formatMetrics} returns. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Writes metrics in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * @param families The metrics; no two may have the same name.
 * @returns The text, each line with its line break.
 * @throws {TypeError} If a name is malformed or occurs twice.
 */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const names = new Set<string>();
  let text = "";
  for (const { name, help, type, samples } of families) {
    if (!METRIC_NAME.test(name)) {
      throw new TypeError(`Cannot write metric ${JSON.stringify(name)}: not a name`);
    }
    if (names.has(name)) throw new TypeError(`Cannot write metric ${name}: it is there twice`);
    names.add(name);
    text += `# HELP ${name} ${escape(help)}\n# TYPE ${name} ${type}\n`;
    for (const { suffix = "", labels = {}, value } of samples) {
      text += `${name}${suffix}${formatLabels(labels)} ${formatValue(value)}\n`;
    }
  }
  return text;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    if (!LABEL_NAME.test(name)) throw new TypeError(`Cannot write label ${JSON.stringify(name)}: not a name`);
    return `${name}="${escape(value).replaceAll('"', '\\"')}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Formats a number as Go's `strconv.ParseFloat` reads it, as the format demands. */
export function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
