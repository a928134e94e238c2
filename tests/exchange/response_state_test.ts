import { assertEquals, assertThrows } from "@std/assert";
import {
  CONTENT,
  CUT_EVENT,
  DONE,
  END_EVENT,
  HEAD_EVENT,
  IDLE,
  INFORMATIONAL_EVENT,
  LEAVE_EVENT,
  transition,
} from "../../src/h1/state.ts";

const ALLOWED = new Map([
  [`${IDLE} ${HEAD_EVENT}`, CONTENT],
  [`${IDLE} ${INFORMATIONAL_EVENT}`, IDLE],
  [`${CONTENT} ${END_EVENT}`, DONE],
  [`${IDLE} ${LEAVE_EVENT}`, DONE],
  [`${CONTENT} ${CUT_EVENT}`, DONE],
]);

Deno.test("transition() goes from the head to the content to the end, with interim responses before", () => {
  let state: number = IDLE;
  const seen = [state];
  for (const event of [INFORMATIONAL_EVENT, INFORMATIONAL_EVENT, HEAD_EVENT, END_EVENT]) {
    seen.push(state = transition(state, event));
  }
  assertEquals(seen, [IDLE, IDLE, IDLE, CONTENT, DONE]);
});

Deno.test("transition() throws on every other step", () => {
  for (const state of [IDLE, CONTENT, DONE, 3, -1]) {
    for (const event of [HEAD_EVENT, END_EVENT, INFORMATIONAL_EVENT, LEAVE_EVENT, CUT_EVENT, 5, -1]) {
      const next = ALLOWED.get(`${state} ${event}`);
      if (next !== undefined) assertEquals(transition(state, event), next);
      else assertThrows(() => transition(state, event), Error, `from state ${state} by event ${event}`);
    }
  }
});
