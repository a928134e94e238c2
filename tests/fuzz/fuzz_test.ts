import { assertEquals } from "@std/assert";
import { campaign } from "./campaign.ts";
import { type Corpus, loadCorpus } from "./corpus.ts";
import { Differential, explainedReasons } from "./differential.ts";
import { caseOf } from "./properties.ts";
import { DEFAULT_LIMITS, referenceOf } from "./reference.ts";

/** A seed that differs from the one of `scripts/fuzz.ts`, so that the two run different cases. */
const SEED = 9112;

let loaded: Corpus | undefined;

function corpus(): Corpus {
  return loaded ??= loadCorpus();
}

Deno.test("no mutated or spliced vector violates a property of the server", async () => {
  const { cases, failures } = await campaign(corpus(), SEED, 0, 6000);
  assertEquals(cases, 6000);
  assertEquals(failures.map(({ message, one, number }) => ({ message, one, number })), []);
});

Deno.test("the server and node:http see the same requests, except for explained reasons", async () => {
  await using differential = await Differential.start();
  const inputs = Array.from({ length: 1500 }, (_, number) => caseOf(corpus(), SEED, number).text);
  await differential.compare(inputs);
  const explained = explainedReasons();
  const unexplained = (await differential.disagreements()).filter(({ reason }) => !explained.has(reason));
  assertEquals(unexplained, []);
});

Deno.test("the cases of a seed are the same in every run", () => {
  assertEquals(caseOf(corpus(), SEED, 17), caseOf(loadCorpus(), SEED, 17));
});

Deno.test("the cases contain many requests that are answered, refused, and incomplete", () => {
  const verdicts = Array.from({ length: 3000 }, (_, number) => {
    return referenceOf(caseOf(corpus(), SEED, number).text, DEFAULT_LIMITS);
  });
  const share = (part: unknown[]) => part.length / verdicts.length;
  const counts = {
    answered: share(verdicts.filter(({ requests }) => requests.length > 0)),
    pipelined: share(verdicts.filter(({ requests }) => requests.length > 1)),
    whole: share(verdicts.filter(({ refusal }) => refusal === null)),
    content: share(verdicts.filter(({ requests }) => requests.some(({ body }) => body !== ""))),
    refusedInContent: share(verdicts.filter(({ refusal }) => refusal !== null && refusal.head !== null)),
  };
  for (const [name, part] of Object.entries(counts)) {
    assertEquals([name, part > 0.08], [name, true], `${part}`);
  }
});
