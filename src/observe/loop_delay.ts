import { unrefTimer } from "../net/unref_timer.ts";
import type { MetricFamily } from "./exposition.ts";
import { histogramSamples, observe } from "./histogram.ts";
import { BLOCK, DELAY_BOUNDS, DELAYS, type MetricsMemory, threadsOf } from "./metrics_memory.ts";

/** Milliseconds between two samples of the event loop's delay. */
const INTERVAL = 20;

/**
 * Samples the delay of this thread's event loop: how late a timer fires. A timer rather than
 * `monitorEventLoopDelay` of `node:perf_hooks`, whose values include the timer's interval on Node and not on
 * Deno and Bun, and which has percentiles of all time in place of counters.
 *
 * @param block The counters of this thread.
 * @returns Stops sampling. The timer does not keep the process alive.
 */
export function sampleLoopDelay(block: Float64Array): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    observe(block, DELAYS, DELAY_BOUNDS, Math.max(now - last - INTERVAL, 0) / 1000);
    last = now;
  }, INTERVAL);
  unrefTimer(timer);
  return () => clearInterval(timer);
}

/** The metric of event-loop delays, by thread. Threads that do not sample are left out. */
export function loopMetrics(memory: MetricsMemory): MetricFamily[] {
  const threads = Array.from({ length: threadsOf(memory) }, (_, thread) => ({
    thread,
    block: memory.subarray(thread * BLOCK, (thread + 1) * BLOCK),
  })).filter(({ block }) =>
    block.subarray(DELAYS, DELAYS + DELAY_BOUNDS.length + 1).some((count) => count > 0)
  );
  return [{
    name: "handoff_event_loop_delay_seconds",
    help: "Delay of timers, sampled every 20 ms, by thread that samples.",
    type: "histogram",
    samples: threads.flatMap(({ thread, block }) =>
      histogramSamples(block, DELAYS, DELAY_BOUNDS, { thread: `${thread}` })
    ),
  }];
}
