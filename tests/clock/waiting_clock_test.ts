import { assertEquals } from "@std/assert";
import { WaitingClock } from "../../lib/clock/waiting_clock.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A clock for what may wait for a week, with hands to set. */
function testClock() {
  const hands = { wall: 1_000 * DAY, steady: 0 };
  const clock = new WaitingClock(7 * DAY, { wall: () => hands.wall, steady: () => hands.steady });
  return {
    now: () => clock.now(),
    pass(ms: number) {
      hands.wall += ms;
      hands.steady += ms;
    },
    set(byMs: number) {
      hands.wall += byMs;
    },
  };
}

Deno.test("time that passes counts, and so does a clock that goes a little fast", () => {
  const clock = testClock();
  clock.pass(3 * DAY);
  assertEquals(clock.now(), 1_003 * DAY);
  clock.set(MINUTE / 2);
  assertEquals(clock.now(), 1_003 * DAY + MINUTE / 2);
});

Deno.test("a clock that is set forward counts when all has waited for its time since", () => {
  const clock = testClock();
  clock.set(30 * DAY);
  assertEquals(clock.now(), 1_000 * DAY);
  clock.pass(6 * DAY);
  assertEquals(clock.now(), 1_006 * DAY);
  clock.pass(DAY);
  assertEquals(clock.now(), 1_037 * DAY);
});

Deno.test("a clock that is set right again is as if nothing had happened", () => {
  const clock = testClock();
  for (const by of [3_650 * DAY, -3_650 * DAY, -DAY, DAY]) {
    clock.set(by);
    clock.pass(MINUTE);
    clock.now();
  }
  assertEquals(clock.now(), 1_000 * DAY + 4 * MINUTE);
  clock.pass(8 * DAY);
  assertEquals(clock.now(), 1_008 * DAY + 4 * MINUTE);
});

Deno.test("a clock that is set back makes nothing older", () => {
  const clock = testClock();
  clock.set(-2 * DAY);
  assertEquals(clock.now(), 998 * DAY);
});
