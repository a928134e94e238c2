/** Program that counts how often it completes a piece of work in a number of milliseconds. */
const WORK = `
  const until = performance.now() + Number(Deno.args[0]);
  let count = 0;
  for (let x = 0; performance.now() < until; count++) for (let i = 0; i < 1e5; i++) x = (x * 31 + i) | 0;
  console.log(count);
`;

/**
 * Measures the throughput of two independent processes as a multiple of one. It is below 2 if the two cores
 * are virtual or hardware threads of one core, and no server can exceed it.
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
