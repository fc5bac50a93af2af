import { CROWD } from "./crowd.ts";
import { FAN_OUT } from "./fan_out.ts";
import { GROWTH } from "./growth.ts";
import { LATENCY } from "./latency.ts";
import { MAILBOX } from "./mailbox.ts";
import { MANY_TO_ONE } from "./many_to_one.ts";
import { MIXED } from "./mixed.ts";
import { PAIRS } from "./pairs.ts";
import { STALLED } from "./stalled.ts";
import { START } from "./start.ts";
import { TRANSFERS } from "./transfers.ts";
import type { Work } from "./work.ts";

/** All that is measured, in this order. */
export const WORKS: Work[] = [
  FAN_OUT,
  PAIRS,
  MANY_TO_ONE,
  LATENCY,
  CROWD,
  MIXED,
  STALLED,
  MAILBOX,
  GROWTH,
  START,
  TRANSFERS,
];
