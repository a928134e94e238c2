import { cut, type Delivery, WHOLE } from "./deliveries.ts";
import { bytesToSend, comparable, forbidsSentinel, judge, type Transcript } from "./judge.ts";
import type { ParsedResponse } from "./strict_client.ts";
import type { Case, Group, LoadedVector } from "./vectors.ts";

/** A target of the vectors: a column of a table. */
export interface Column {
  readonly name: string;
  /** Runs the cases of a vector and returns their final responses. */
  check(vector: LoadedVector): Promise<ParsedResponse[]>;
  /** Stops the programs that the column started; fails if they did not end in order. */
  stop(): Promise<void>;
}

/** Number of passed vectors by group. */
export type Counts = Map<Group, number>;

/** Vectors run ahead of their tests, so a test does not own the resources that are open. */
const OPTIONS = { sanitizeOps: false, sanitizeResources: false };

/**
 * Registers a test for each vector, and one for the end.
 *
 * @param ahead Number of vectors that run at the same time.
 * @param onPassed Called for each vector that passed.
 * @returns Counters that grow as the tests pass.
 */
export function registerColumn(
  column: Column,
  groups: readonly Group[],
  ahead: number,
  onPassed: (vector: LoadedVector, finals: readonly ParsedResponse[]) => void,
): Counts {
  const counts: Counts = new Map();
  const vectors = groups.flatMap((group) => group.vectors.map((vector) => ({ group, vector })));
  const results = readAhead(vectors.length, ahead, (index) => column.check(vectors[index]!.vector));
  vectors.forEach(({ group, vector }, index) =>
    Deno.test({
      name: `conformance: ${group.title}: ${vector.name} (${column.name})`,
      ...OPTIONS,
      fn: async () => {
        onPassed(vector, await results(index));
        counts.set(group, (counts.get(group) ?? 0) + 1);
      },
    })
  );
  Deno.test({
    name: `conformance: the server ends in order (${column.name})`,
    ...OPTIONS,
    fn: () => column.stop(),
  });
  return counts;
}

/** Sends bytes in pieces to a server, and returns the transcript. */
export type Exchange = (pieces: readonly Uint8Array[]) => Promise<Transcript>;

/**
 * Sends a case as a whole, which must produce the expected responses, and in other deliveries, which must
 * produce the same responses.
 *
 * @param deliveries Returns the other deliveries for a number of bytes: the case with the bytes sent after
 * it.
 * @returns The final responses.
 * @throws {Error} With the byte, the delivery and the difference.
 */
export async function runCase(
  vector: LoadedVector,
  one: Case,
  exchange: Exchange,
  deliveries: (length: number) => readonly Delivery[],
): Promise<ParsedResponse[]> {
  const bytes = bytesToSend(vector, one);
  const whole = await exchange([bytes]);
  const finals = naming(one, WHOLE, () => judge(vector, one, whole));
  const expected = comparable(vector, one, finals);
  for (const delivery of deliveries(bytes.length)) {
    const transcript = await exchange(cut(bytes, delivery.cuts));
    if (transcript.end === whole.end && transcript.received === whole.received) continue;
    naming(one, delivery, () => {
      const answers = comparable(vector, one, judge(vector, one, transcript));
      if (answers !== expected) {
        throw new Error(`Other answers than to the whole: ${JSON.stringify(answers.slice(0, 600))}`);
      }
    });
  }
  return finals;
}

function naming<T>(one: Case, delivery: Delivery, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const byte = one.byte === "" ? "" : `${one.byte}, `;
    throw new Error(`${byte}sent ${delivery.name}: ${(error as Error).message}`);
  }
}

/**
 * Checks that no forbidden sentinel reached the handler. A missing response does not prove this.
 *
 * @param reached The sentinels that reached the handler.
 * @throws {Error} If a forbidden sentinel reached it.
 */
export function assertSentinels(vector: LoadedVector, reached: ReadonlySet<number>): void {
  for (const one of vector.cases) {
    if (reached.has(one.id) && forbidsSentinel(vector, one)) {
      throw new Error(`The sentinel reached the handler ${one.byte}`);
    }
  }
}

/** Limits the number of tasks that run at the same time to `limit`. */
export function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/**
 * Runs tasks in order, each when its result is requested or shortly before: `ahead` of them run at the same
 * time.
 *
 * @param count Number of tasks.
 * @param run Starts a task.
 */
export function readAhead<T>(
  count: number,
  ahead: number,
  run: (index: number) => Promise<T>,
): (index: number) => Promise<T> {
  const started: Promise<T>[] = [];
  return (index) => {
    for (let next = index; next < Math.min(count, index + ahead); next++) {
      if (started[next] !== undefined) continue;
      started[next] = run(next);
      // The rejection is reported when the task's result is requested.
      started[next]!.catch(() => {});
    }
    return started[index]!;
  };
}
