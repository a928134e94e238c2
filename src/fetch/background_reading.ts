import { type ContentProgress, contentProgress, type Request } from "../http/request.ts";

/** Milliseconds in which a program has to begin to read after it has returned the response. */
const BEGIN = 20;

/** Milliseconds in which it has to read on, unless it waits for the client. */
const IDLE = 1000;

/**
 * Waits for content that the program goes on to read after it has returned the response: by a clone of the
 * request, or by a read that it did not wait for. The exchange would drop the rest of the content otherwise.
 *
 * @param request A request whose response has been returned.
 * @returns A promise that resolves when all content has arrived, when it has failed, or when the program no
 * longer reads; `null` if the program has not touched the content.
 */
export function backgroundReading(request: Request): Promise<void> | null {
  const content = contentProgress(request);
  return content === null || !content.wanted || content.read ? null : untilRead(request, content);
}

async function untilRead(request: Request, { consumed: before }: ContentProgress): Promise<void> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  const ended = request.trailers.then(over, over);
  let consumed = before;
  // A program that has read before it returned is given time to use that, one that has not is to begin at
  // once.
  let patience = before > 0 ? IDLE : BEGIN;
  while (!isOver) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patience);
    await Promise.race([ended, promise]);
    clearTimeout(timer);
    const content = contentProgress(request);
    if (content === null || !content.wanted) return;
    if (!content.awaited && content.consumed === consumed) return;
    consumed = content.consumed;
    patience = IDLE;
  }
}
