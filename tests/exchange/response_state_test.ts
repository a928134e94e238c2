import { assertEquals, assertThrows } from "@std/assert";
import {
  CUT_EVENT,
  END_EVENT,
  FRESH,
  HEAD_EVENT,
  INTERIM_EVENT,
  LEAVE_EVENT,
  SETTLED,
  STREAMING,
  transition,
} from "../../src/exchange/response_state.ts";

const ALLOWED = new Map([
  [`${FRESH} ${HEAD_EVENT}`, STREAMING],
  [`${FRESH} ${INTERIM_EVENT}`, FRESH],
  [`${STREAMING} ${END_EVENT}`, SETTLED],
  [`${FRESH} ${LEAVE_EVENT}`, SETTLED],
  [`${STREAMING} ${CUT_EVENT}`, SETTLED],
]);

Deno.test("transition() goes from the head to the content to the end, with interim responses before", () => {
  let state: number = FRESH;
  const seen = [state];
  for (const event of [INTERIM_EVENT, INTERIM_EVENT, HEAD_EVENT, END_EVENT]) {
    seen.push(state = transition(state, event));
  }
  assertEquals(seen, [FRESH, FRESH, FRESH, STREAMING, SETTLED]);
});

Deno.test("transition() throws on every other step", () => {
  for (const state of [FRESH, STREAMING, SETTLED, 3, -1]) {
    for (const event of [HEAD_EVENT, END_EVENT, INTERIM_EVENT, LEAVE_EVENT, CUT_EVENT, 5, -1]) {
      const next = ALLOWED.get(`${state} ${event}`);
      if (next !== undefined) assertEquals(transition(state, event), next);
      else {assertThrows(
          () => transition(state, event),
          Error,
          `from response state ${state} by event ${event}`,
        );}
    }
  }
});
