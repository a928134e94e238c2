import type { Corpus } from "./corpus.ts";
import { type Case, caseOf, Subjects } from "./properties.ts";
import { shrink } from "./shrink.ts";

/** Cases that fail in the same way. */
export interface Failure {
  /** The failure without the details of the case. */
  readonly kind: string;
  count: number;
  /** Number of the first such case. */
  readonly number: number;
  /** The first such case, with its text shrunk. */
  one: Case;
  /** The failure of that case. */
  message: string;
}

/** Result of a run of cases. */
export interface Findings {
  readonly cases: number;
  readonly failures: readonly Failure[];
}

/** Number of cases that run at the same time, because each waits for turns of the event loop. */
const AT_ONCE = 50;

/** Number of cases between two checks for unhandled rejections. */
const BATCH = 500;

/** Runs the cases of a seed with numbers `from` up to `to`. */
export async function campaign(
  corpus: Corpus,
  seed: number,
  from: number,
  to: number,
  progress: (done: number) => void = () => {},
): Promise<Findings> {
  const failures = new Map<string, Failure>();
  const unhandled: string[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason instanceof Error ? `${event.reason.stack}` : String(event.reason));
  };
  addEventListener("unhandledrejection", note);
  try {
    const pool = await Promise.all(Array.from({ length: AT_ONCE }, () => Subjects.start()));
    const add = (number: number, message: string) => {
      const kind = kindOf(message);
      const known = failures.get(kind);
      if (known !== undefined) known.count++;
      else failures.set(kind, { kind, count: 1, number, one: caseOf(corpus, seed, number), message });
    };
    for (let batch = from; batch < to; batch += BATCH) {
      const end = Math.min(to, batch + BATCH);
      const numbers = Array.from({ length: end - batch }, (_, index) => batch + index);
      const messages = new Map<number, string>();
      const queue = numbers.values();
      await Promise.all(pool.map(async (subjects) => {
        for (const number of queue) {
          const message = await messageOf(subjects, caseOf(corpus, seed, number));
          if (message !== null) messages.set(number, message);
        }
      }));
      for (const number of numbers) if (messages.has(number)) add(number, messages.get(number)!);
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (const reason of unhandled.splice(0)) {
        add(batch, `A rejection that nobody handles, in a case from here to ${end}: ${reason}`);
      }
      progress(end - from);
    }
    for (const failure of failures.values()) await minimize(pool, failure);
    await Promise.all(pool.map((subjects) => subjects[Symbol.asyncDispose]()));
  } finally {
    removeEventListener("unhandledrejection", note);
  }
  return { cases: to - from, failures: [...failures.values()] };
}

/** Runs a case and returns the message of its failure; `null` if it passes. */
async function messageOf(subjects: Subjects, one: Case): Promise<string | null> {
  try {
    await subjects.check(one);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Removes quoted text, numbers and deliveries from a message, so that similar failures have the same kind.
 */
function kindOf(message: string): string {
  const words = message.replace(
    /^(?:whole|split at \d+|read \d+ bytes at a time|a byte at a time|reset at \d+): /,
    "",
  );
  return words.replace(/["[{][^]*$/, "").replace(/\d+/g, "n").slice(0, 120);
}

async function minimize(pool: readonly Subjects[], failure: Failure): Promise<void> {
  const { one, kind } = failure;
  const text = await shrink(one.text, async (candidates) => {
    const kept: boolean[] = [];
    const queue = candidates.entries();
    await Promise.all(pool.map(async (subjects) => {
      for (const [index, text] of queue) {
        const message = await messageOf(subjects, { ...one, text });
        kept[index] = message !== null && kindOf(message) === kind;
      }
    }));
    return kept;
  });
  failure.one = { ...one, text };
  failure.message = await messageOf(pool[0]!, failure.one) ?? failure.message;
}
