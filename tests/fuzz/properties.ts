import { cut, seededRandom } from "../conformance/deliveries.ts";
import { type ParsedResponse, parseResponses, valuesOf } from "../conformance/strict_client.ts";
import { bytesOf, SMALL_LIMITS } from "../conformance/vectors.ts";
import type { Corpus } from "./corpus.ts";
import { below, mutate, pick, type Random } from "./mutation.ts";
import {
  DEFAULT_LIMITS,
  type ReferenceHead,
  referenceOf,
  type ReferenceRequest,
  type Refusal,
  type Verdict,
} from "./reference.ts";
import {
  answerOf,
  type Call,
  type Delivery,
  type Manner,
  MANNERS,
  type Outcome,
  Subject,
} from "./subject.ts";

/** An input with the choices for its deliveries. */
export interface Case {
  readonly text: string;
  readonly manner: Manner;
  /** `true` if the case is sent to the server with small limits. */
  readonly small: boolean;
  /** Seed for the choices of the deliveries. */
  readonly seed: number;
}

/** Length up to which inputs are always sent a byte at a time too; longer ones are only sometimes. */
const BYTEWISE = 120;

const BETWEEN = ["nothing", "microtask", "turns"] as const;

/** Creates the case with a number. */
export function caseOf(corpus: Corpus, seed: number, number: number): Case {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const text = mutate(random, corpus);
  const manner = pick(random, MANNERS);
  return { text, manner, small: random() < 0.25, seed: below(random, 2 ** 32) };
}

/** The servers for the cases, which run one case at a time. */
export class Subjects implements AsyncDisposable {
  readonly #default: Subject;
  readonly #small: Subject;

  private constructor(byDefault: Subject, small: Subject) {
    this.#default = byDefault;
    this.#small = small;
  }

  /** Starts the servers. */
  static async start(): Promise<Subjects> {
    return new Subjects(await Subject.start(), await Subject.start(SMALL_LIMITS));
  }

  /** Stops the servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#default[Symbol.asyncDispose](), this.#small[Symbol.asyncDispose]()]);
  }

  /**
   * Checks all properties of a case.
   *
   * @throws {Error} With the first violation.
   */
  async check(one: Case): Promise<void> {
    const subject = one.small ? this.#small : this.#default;
    const random = seededRandom(one.seed);
    const bytes = bytesOf(one.text);
    const verdict = referenceOf(one.text, one.small ? SMALL_LIMITS : DEFAULT_LIMITS);
    let first: string | undefined;
    for (const delivery of deliveriesOf(bytes, random)) {
      const outcome = await subject.run(delivery, one.manner);
      try {
        const comparable = judge(outcome, one.manner, verdict, delivery.window > 0);
        // A client that reads slowly may miss any part of responses that were cut.
        if (comparable === null) continue;
        first ??= comparable;
        if (comparable !== first) {
          throw new Error(`Differs from the first: ${quote(comparable)} not ${quote(first)}`);
        }
      } catch (error) {
        throw new Error(`${delivery.name}: ${(error as Error).message}`, { cause: error });
      }
    }
    if (random() < 0.1) await this.#vanish(subject, bytes, one.manner, random);
  }

  async #vanish(subject: Subject, bytes: Uint8Array, manner: Manner, random: Random): Promise<void> {
    const end = below(random, bytes.length + 1);
    const between = pick(random, BETWEEN);
    const cuts = [below(random, end + 1)];
    const delivery = {
      name: `reset at ${end}`,
      pieces: cut(bytes.subarray(0, end), cuts),
      between,
      window: 0,
    };
    const errors = await subject.vanish(delivery, manner);
    if (errors.length > 0) throw new Error(`${delivery.name}: ${errors[0]}`);
  }
}

function deliveriesOf(bytes: Uint8Array, random: Random): Delivery[] {
  const deliveries: Delivery[] = [{ name: "whole", pieces: [bytes], between: "nothing", window: 0 }];
  const at = below(random, bytes.length + 1);
  deliveries.push({
    name: `split at ${at}`,
    pieces: cut(bytes, [at]),
    between: pick(random, BETWEEN),
    window: 0,
  });
  if (random() < 0.1) {
    const window = 1 + below(random, 200);
    deliveries.push({ name: `read ${window} bytes at a time`, pieces: [bytes], between: "nothing", window });
  }
  if (bytes.length <= BYTEWISE || random() < 0.1) {
    const cuts = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1);
    deliveries.push({
      name: "a byte at a time",
      pieces: cut(bytes, cuts),
      between: pick(random, ["nothing", "nothing", "microtask"]),
      window: 0,
    });
  }
  return deliveries;
}

/** The expected result of a case for one manner of the handler. */
interface Expected {
  /** The expected calls of the handler. */
  readonly calls: readonly ReferenceHead[];
  /** The requests with a complete response from the handler: the first of the calls. */
  readonly answered: readonly (ReferenceHead & Partial<ReferenceRequest>)[];
  /** The refusal that is the last response; `null` if the last response is from the handler. */
  readonly refusal: Refusal | null;
  /** `true` if a response is begun and then cut. */
  readonly cutOff: boolean;
  /** `true` if the last response announces that the connection is closed. */
  readonly saysClose: boolean;
}

function expectedOf({ requests, refusal }: Verdict, manner: Manner): Expected {
  const broken = refusal?.head ?? null;
  const calls: ReferenceHead[] = broken === null ? [...requests] : [...requests, broken];
  const reads = manner !== "unread" && manner !== "throw";
  const ofUnknownLength = manner === "echo" || manner === "chunks";
  // Unrequested content never arrives; and for HTTP/1.0, content of unknown length ends with the connection.
  const closes = ({ last, minor, method, expects, large }: ReferenceHead) =>
    last || (reads ? ofUnknownLength && minor === 0 && method !== "HEAD" : expects || large);
  const last = (reads ? requests : calls).findIndex(closes);
  if (last !== -1) {
    const heads = (reads ? requests : calls).slice(0, last + 1);
    return { calls: heads, answered: heads, refusal: null, cutOff: false, saysClose: true };
  }
  if (!reads && broken !== null) {
    return { calls, answered: calls, refusal: null, cutOff: false, saysClose: false };
  }
  const cutOff = manner === "echo" && broken !== null;
  return { calls, answered: requests, refusal: cutOff ? null : refusal, cutOff, saysClose: refusal !== null };
}

/**
 * Compares an outcome with the expectation for the input.
 *
 * @param slow `true` if the client read slowly.
 * @returns The part that must not depend on the delivery; `null` if it is unknown.
 */
function judge(outcome: Outcome, manner: Manner, verdict: Verdict, slow: boolean): string | null {
  const { received, end, calls, errors } = outcome;
  if (errors.length > 0) throw new Error(`An internal error: ${errors[0]}`);
  if (end === "hangs") throw new Error(`The server neither answers nor closes, after ${quote(received)}`);
  const expected = expectedOf(verdict, manner);
  if (calls.length !== expected.calls.length) {
    throw new Error(`${calls.length} calls of the handler, not ${expected.calls.length}: ${quote(received)}`);
  }
  expected.calls.forEach((head, index) => assertSeen(head, calls[index]!));
  const { answered, refusal, cutOff, saysClose } = expected;
  // If earlier responses are still in transmission, the connection ends after them.
  const endsInOrder = !cutOff || (slow && end === "closed");
  if (end !== (endsInOrder ? "closed" : "reset")) throw new Error(`The connection was ${end}`);
  const finals = finalsOf(received, expected, manner);
  if (finals.length !== answered.length + (refusal === null ? 0 : 1)) {
    throw new Error(`${finals.length} answers to ${answered.length} requests: ${quote(received)}`);
  }
  answered.forEach((head, index) => assertAnswer(finals[index]!, head, calls[index]!, manner));
  finals.forEach((final, index) => {
    const close = valuesOf(final, "connection")[0] === "close";
    if (!cutOff && close !== (saysClose && index === finals.length - 1)) {
      throw new Error(`The answer ${close ? "says" : "does not say"} close: ${quote(final.raw)}`);
    }
  });
  if (refusal !== null) assertRefusal(finals.at(-1)!, refusal);
  // If the content is echoed as it arrives, the client determines the chunks.
  const comparable = finals.map(({ raw, status, body, trailers }) =>
    manner === "echo" ? JSON.stringify([status, body, trailers]) : raw.replace(/^date: .*\r\n/m, "")
  );
  return comparable.join("");
}

/** Checks that the request seen by the handler equals the one sent. */
function assertSeen(expected: ReferenceHead & Partial<ReferenceRequest>, call: Call): void {
  const { method, target, body, trailers } = expected;
  const seen = call.body === null
    ? [call.method, call.target]
    : [call.method, call.target, call.body, call.trailers];
  const sent = call.body === null ? [method, target] : [method, target, body, trailers];
  if (JSON.stringify(seen) !== JSON.stringify(sent)) {
    throw new Error(`The handler saw ${quote(seen)}, not ${quote(sent)}`);
  }
}

/** Parses the final responses. A response that was cut is not inspected. */
function finalsOf(
  received: string,
  { answered, refusal, cutOff }: Expected,
  manner: Manner,
): ParsedResponse[] {
  const methods = answered.map(({ method }) => method);
  if (refusal !== null) methods.push(refusal.method);
  const closeDelimited = (manner === "echo" || manner === "chunks") && answered.at(-1)?.minor === 0;
  const responses = parseResponses(cutOff ? upToCut(received, methods) : received, methods, {
    closeDelimited,
  });
  const interim = responses.filter(({ status }) => status < 200);
  if (interim.some(({ status }) => status !== 100)) {
    throw new Error(`An interim response: ${quote(received)}`);
  }
  return responses.filter(({ status }) => status >= 200);
}

/** Returns the output before the response that was cut: as many complete responses as there are methods. */
function upToCut(received: string, methods: readonly string[]): string {
  const starts = Array.from(received, (_, at) => at).filter((at) => {
    return received.startsWith("HTTP/1.1 ".slice(0, received.length - at), at);
  });
  for (const end of [received.length, ...starts.reverse(), 0]) {
    try {
      const text = received.slice(0, end);
      const finals = parseResponses(text, methods).filter(({ status }) => status >= 200);
      if (finals.length !== methods.length) continue;
      if (looksComplete(received.slice(end))) break;
      return text;
    } catch {
      // The cut is within a response, or within content that looks like a response.
    }
  }
  throw new Error(`Not ${methods.length} answers and the one that was cut off: ${quote(received)}`);
}

/** Checks for a complete final response. */
function looksComplete(received: string): boolean {
  try {
    return parseResponses(received, ["GET"]).some(({ status }) => status >= 200);
  } catch {
    return false;
  }
}

function assertAnswer(
  final: ParsedResponse,
  head: ReferenceHead & Partial<ReferenceRequest>,
  call: Call,
  manner: Manner,
): void {
  const { method } = head;
  const status = manner === "throw" ? 500 : method === "CONNECT" ? 405 : 200;
  if (final.status !== status) throw new Error(`Status ${final.status} not ${status}: ${quote(final.raw)}`);
  if (call.body === null && manner !== "throw" && manner !== "unread") {
    throw new Error("A request was answered whose content was not read to its end");
  }
  const bodies: Record<Manner, () => string> = {
    collect: () => answerOf(call),
    stream: () => answerOf(call),
    unread: () => answerOf(call),
    throw: () => "",
    echo: () => call.body!,
    chunks: () => answerOf(call) + ".".repeat(call.body!.length),
  };
  const body = method === "HEAD" ? "" : bodies[manner]();
  if (final.body !== body) throw new Error(`Content ${quote(final.body)}, not ${quote(body)}`);
  if (valuesOf(final, "date").length !== 1) throw new Error(`Not one date: ${quote(final.raw)}`);
}

function assertRefusal(final: ParsedResponse, { status }: Refusal): void {
  if (final.status !== status) {
    throw new Error(`Refused with ${final.status}, not ${status}: ${quote(final.raw)}`);
  }
  if (valuesOf(final, "content-length").length !== 1 || valuesOf(final, "date").length !== 1) {
    throw new Error(`The refusal has not one content-length and one date: ${quote(final.raw)}`);
  }
  if (final.method !== "HEAD" && !/^[\x20-\x7e]{10,120}\n$/.test(final.body)) {
    throw new Error(`The refusal has no reason of one line: ${quote(final.raw)}`);
  }
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
