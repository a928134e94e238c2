/**
 * Counts responses in two threads at once while the first thread reads, and prints as JSON what it has read:
 * the text in the end, and how often the sum was smaller than before. The argument is the number of responses
 * of each thread.
 */
import process from "node:process";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { formatMetrics } from "../../src/observe/exposition.ts";
import { blockOf, type MetricsMemory, metricsMemory } from "../../src/observe/metrics_memory.ts";
import { countResponse, responseMetrics } from "../../src/observe/response_metrics.ts";
import { record } from "./record.ts";

interface Task {
  readonly memory: MetricsMemory;
  readonly thread: number;
  readonly count: number;
}

const THREADS = 2;

function work({ memory, thread, count }: Task): void {
  const block = blockOf(memory, thread);
  for (let i = 0; i < count; i++) countResponse(block, record());
}

async function supervise(count: number): Promise<void> {
  const memory = metricsMemory(THREADS);
  let running = THREADS;
  for (let thread = 0; thread < THREADS; thread++) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { memory, thread, count } satisfies Task,
    });
    worker.on("exit", () => running--);
  }
  let [before, steps, backwards] = [0, 0, 0];
  while (running > 0) {
    const now = responseMetrics(memory)[0]!.samples[0]?.value ?? 0;
    if (now < before) backwards++;
    if (now > before) steps++;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(JSON.stringify({ text: formatMetrics(responseMetrics(memory)), steps, backwards }));
}

if (isMainThread) await supervise(Number(process.argv[2]));
else work(workerData as Task);
