/** Turns of the event loop without a connection after which the kernel's queue counts as empty. */
const QUIET_TURNS = 3;
/** Turns after which accepting stops in any case, of at least one millisecond each. */
const MAX_TURNS = 100;
/** Connections after which accepting stops in any case: the length of the kernel's queue on Bun and Node. */
const MAX_CONNECTIONS = 511;

/**
 * Waits until a listening socket has accepted the connections in the kernel's queue. The kernel resets those
 * that are still there when the socket is closed, although their clients have connected and may have sent a
 * request.
 *
 * No runtime tells that the queue is empty. Node accepts one connection in each turn of the event loop, Bun
 * all of them, Deno one in each turn and none in the first two: so a few turns without a connection mean an
 * empty queue.
 *
 * @param accepted Returns the number of connections accepted so far.
 * @param accepts Returns `false` once accepting is over for another reason.
 */
export async function emptyAcceptQueue(accepted: () => number, accepts: () => boolean): Promise<void> {
  let seen = accepted();
  const most = seen + MAX_CONNECTIONS;
  let quiet = 0;
  for (let turn = 0; turn < MAX_TURNS && quiet < QUIET_TURNS && seen < most && accepts(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    quiet = accepted() === seen ? quiet + 1 : 0;
    seen = accepted();
  }
}
