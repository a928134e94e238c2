import { bytesOf } from "../conformance/vectors.ts";
import { NodeParser, type NodeVerdict } from "./node_client.ts";
import { shrink } from "./shrink.ts";
import { type Outcome, Subject } from "./subject.ts";

/** Inputs on which Handoff and `node:http` disagree for the same reason. */
export interface Disagreement {
  /** The results of both. */
  readonly reason: string;
  /** Number of such inputs. */
  count: number;
  /** The shortest such input, shrunk. */
  example: string;
  /** The requests that each parser found in the example. */
  seen: string;
}

/** The requests, and the reason for which the last one was refused. */
interface OwnVerdict extends Pick<NodeVerdict, "requests"> {
  readonly refusal: string | null;
}

/** Number of cases that run at the same time, because each waits for turns of the event loop. */
const AT_ONCE = 50;

/** Compares Handoff with `node:http`. */
export class Differential implements AsyncDisposable {
  readonly #subjects: readonly Subject[];
  readonly #node: NodeParser = new NodeParser();
  readonly #groups: Map<string, Disagreement> = new Map();
  /** Number of compared inputs. */
  compared = 0;

  private constructor(subjects: readonly Subject[]) {
    this.#subjects = subjects;
  }

  /** Starts both servers. */
  static async start(): Promise<Differential> {
    return new Differential(await Promise.all(Array.from({ length: AT_ONCE }, () => Subject.start())));
  }

  /** Stops both servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#subjects, this.#node].map((one) => one[Symbol.asyncDispose]()));
  }

  /** Compares the results of both servers for some inputs. */
  async compare(inputs: readonly string[]): Promise<void> {
    this.compared += inputs.length;
    for (const [index, reason] of (await this.#reasons(inputs)).entries()) {
      if (reason === null) continue;
      const example = inputs[index]!;
      const group = this.#groups.get(reason);
      if (group === undefined) this.#groups.set(reason, { reason, count: 1, example, seen: "" });
      else {
        group.count++;
        if (example.length < group.example.length) group.example = example;
      }
    }
  }

  /** Lists the disagreements, the most frequent first, each with a shrunk example. */
  async disagreements(): Promise<Disagreement[]> {
    for (const group of this.#groups.values()) {
      group.example = await shrink(group.example, async (candidates) => {
        return (await this.#reasons(candidates)).map((reason) => reason === group.reason);
      });
      const [[ours], [theirs]] = [await this.#ours([group.example]), await this.#node.judge([group.example])];
      group.seen = `${JSON.stringify(ours!.requests)} ${JSON.stringify(theirs!.requests)}`;
    }
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  async #reasons(inputs: readonly string[]): Promise<(string | null)[]> {
    const [theirs, ours] = await Promise.all([this.#node.judge(inputs), this.#ours(inputs)]);
    return inputs.map((_, index) => reasonOf(ours[index]!, theirs[index]!));
  }

  async #ours(inputs: readonly string[]): Promise<OwnVerdict[]> {
    const verdicts: OwnVerdict[] = [];
    const queue = inputs.entries();
    await Promise.all(this.#subjects.map(async (subject) => {
      for (const [index, input] of queue) {
        const delivery = { name: "whole", pieces: [bytesOf(input)], between: "nothing", window: 0 } as const;
        verdicts[index] = verdictOf(await subject.run(delivery, "collect"));
      }
    }));
    return verdicts;
  }
}

/** Converts an outcome of this server to the form that Node's process reports. */
function verdictOf({ received, calls }: Outcome): OwnVerdict {
  const requests = calls.filter(({ body }) => body !== null).map(({ method, target, body }) =>
    [method, target, body!.length] as const
  );
  const reason = /\r\ncontent-type: text\/plain\r\n[^]*?\r\n\r\n([^\n]*)\n?$/.exec(received)?.[1] ?? null;
  const refusal = reason === "" ? "a HEAD, which is not told why" : reason;
  return { requests, refusal };
}

/** Finds the reason why the two servers see different requests; `null` if they see the same requests. */
function reasonOf(ours: OwnVerdict, theirs: NodeVerdict): string | null {
  const length = Math.max(ours.requests.length, theirs.requests.length);
  for (let index = 0; index < length; index++) {
    const [our, their] = [ours.requests[index], theirs.requests[index]];
    if (JSON.stringify(our) === JSON.stringify(their)) continue;
    if (our === undefined) {
      return ours.refusal === null
        ? "Handoff sees no more; Node takes it"
        : `Handoff refuses: ${ours.refusal}; Node takes it`;
    }
    if (their === undefined) {
      return theirs.error === null
        ? "Handoff takes it; Node sees no more"
        : `Handoff takes it; Node refuses: ${theirs.error}`;
    }
    const part = our[0] !== their[0] ? "method" : our[1] !== their[1] ? "target" : "content";
    const offer = index === theirs.upgrade ? " that offers an upgrade" : "";
    return `Both take a request${offer}, with another ${part}`;
  }
  return null;
}

/** Reads the reasons that the table in `README.md` explains. */
export function explainedReasons(): Set<string> {
  const text = Deno.readTextFileSync(new URL("README.md", import.meta.url));
  return new Set(Array.from(text.matchAll(/^\| `([^`]+)` +\| .+ \|$/gm), ([, reason]) => reason!));
}
