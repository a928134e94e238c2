/** Counts how often it can do the same piece of work in so many milliseconds. */
const WORK = `
  const until = performance.now() + Number(Deno.args[0]);
  let count = 0;
  for (let x = 0; performance.now() < until; count++) for (let i = 0; i < 1e5; i++) x = (x * 31 + i) | 0;
  console.log(count);
`;

/**
 * What two processes that share nothing get done, as a multiple of what one does: a machine of two cores that is virtual, or
 * whose cores are two halves of one, gives less than 2, and no server can make more of it.
 */
export async function worthOfTwo(seconds: number): Promise<number> {
  const one = await work(seconds);
  const both = await Promise.all([work(seconds), work(seconds)]);
  return (both[0] + both[1]) / one;
}

async function work(seconds: number): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", WORK, String(seconds * 1000)],
    stdin: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}
