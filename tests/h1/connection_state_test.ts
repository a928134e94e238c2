import { assertEquals, assertThrows } from "@std/assert";
import {
  CLOSED,
  CLOSED_EVENT,
  CLOSING,
  DETACHED,
  DONE_EVENT,
  DROPPED_EVENT,
  DROPPING,
  EXCHANGE,
  HEAD_EVENT,
  LAST_EVENT,
  nextState,
  READING,
  UNREAD_EVENT,
  UPGRADE_EVENT,
} from "../../src/h1/connection_state.ts";

const STATES = [READING, EXCHANGE, DROPPING, CLOSING, DETACHED, CLOSED];
const EVENTS = [
  HEAD_EVENT,
  DONE_EVENT,
  UNREAD_EVENT,
  DROPPED_EVENT,
  LAST_EVENT,
  UPGRADE_EVENT,
  CLOSED_EVENT,
];

const ALLOWED = new Map([
  [`${READING} ${HEAD_EVENT}`, EXCHANGE],
  [`${READING} ${LAST_EVENT}`, CLOSING],
  [`${READING} ${CLOSED_EVENT}`, CLOSED],
  [`${EXCHANGE} ${DONE_EVENT}`, READING],
  [`${EXCHANGE} ${UNREAD_EVENT}`, DROPPING],
  [`${EXCHANGE} ${LAST_EVENT}`, CLOSING],
  [`${EXCHANGE} ${UPGRADE_EVENT}`, DETACHED],
  [`${EXCHANGE} ${CLOSED_EVENT}`, CLOSED],
  [`${DROPPING} ${DROPPED_EVENT}`, READING],
  [`${DROPPING} ${LAST_EVENT}`, CLOSING],
  [`${DROPPING} ${CLOSED_EVENT}`, CLOSED],
  // An exchange whose connection is to serve no more still comes to its end.
  [`${CLOSING} ${LAST_EVENT}`, CLOSING],
  [`${CLOSING} ${CLOSED_EVENT}`, CLOSED],
  [`${DETACHED} ${CLOSED_EVENT}`, CLOSED],
  // An exchange that hears of the end may still end itself.
  [`${CLOSED} ${LAST_EVENT}`, CLOSED],
  [`${CLOSED} ${CLOSED_EVENT}`, CLOSED],
]);

Deno.test("nextState() goes round with each request, and by way of content that nobody reads", () => {
  let state: number = READING;
  const seen = [state];
  for (const event of [HEAD_EVENT, DONE_EVENT, HEAD_EVENT, UNREAD_EVENT, DROPPED_EVENT, LAST_EVENT]) {
    seen.push(state = nextState(state, event));
  }
  assertEquals(seen, [READING, EXCHANGE, READING, EXCHANGE, DROPPING, READING, CLOSING]);
});

Deno.test("nextState() throws on every other step", () => {
  for (const state of [...STATES, 6, -1]) {
    for (const event of [...EVENTS, 7, -1]) {
      const next = ALLOWED.get(`${state} ${event}`);
      if (next !== undefined) {
        assertEquals(nextState(state, event), next, `${state} ${event}`);
      } else {
        const message = `Cannot go on from connection state ${state} by event ${event}: no such transition`;
        assertEquals(assertThrows(() => nextState(state, event), Error).message, message);
      }
    }
  }
});

Deno.test("connection states are in order: from CLOSING on no further request is read", () => {
  assertEquals(STATES.filter((state) => state >= CLOSING), [CLOSING, DETACHED, CLOSED]);
});
