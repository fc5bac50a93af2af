/** What the generated part of the READMEs says. */

import { CEILING } from "../contenders.ts";
import type { Why } from "../goals.ts";
import type { Run } from "../run.ts";

export interface Words {
  /** `run` is what was measured, and `leftOut` the contenders that were not. */
  conditions(run: Run, versions: string, leftOut: string): string;
  /** The heads of the table of what contenders are not compared in. */
  alone: string[];
  /** The heads of the goals' table. */
  goals: string[];
  /** A contender in another variant of the same work. */
  itself(variant: string): string;
  work(of: { work: string; variant: string }): string;
  figure(of: { name: string; what: string }): string;
  contender(name: string): string;
  remark(contender: string, work: string, text: string): string;
  /** A part of the work that ended early. */
  failed(work: string, reason: string): string;
  yes: string;
  no: string;
  why: Record<Why, string>;
}

export const ENGLISH: Words = {
  conditions: ({ date, isQuick, goes, machine }, versions, leftOut) =>
    `Medians of one ${isQuick ? "short " : ""}run on ${machine.cores} cores${goes > 1 ? `, in ${goes} goes` : ""}, ` +
    `${date.slice(0, 10)}; of ratios the range of the rounds in brackets. ${versions}.` +
    `${leftOut && ` Left out here: ${leftOut}.`}`,
  alone: ["work", "found"],
  goals: ["work", "goal", "found (range)", "reached", "why not"],
  itself: (variant) => `itself, ${variant}`,
  work: ({ work, variant }) => `${work}, ${variant}`,
  figure: ({ what }) => what,
  contender: (name) => name === CEILING ? "no hub (the generator's ceiling)" : name,
  remark: (contender, work, text) => `${contender}, ${work}: ${text}`,
  failed: (work, reason) => `${work} ended early: ${reason}`,
  yes: "yes",
  no: "**no**",
  why: {
    bun: "what Bun publishes is written by C++; which of the two is ahead changes from round to round",
    login:
      "half of the hub's time goes into Node's sockets and HTTP, where the bare loop has Deno's own, and a fifth into the log, the clients file and the key to the store that version 2 is lent, where it has nothing",
    growth: "between 0.9 and 2.0 from one whole run to the next: what makes the difference has not been found",
    start:
      "`node:http`, `node:crypto` and `node:sqlite` take longer than the empty program before any line of ours, some 130 modules that are loaded one by one as long again, making the mailbox and the store half as long, and the first handshake and login, where everything runs for the first time, nearly that",
    upload:
      "hub and client together fill both processors: besides what the bare ones do, ours work out a CRC-64 at each end, sign each part and flush it",
    flushedUpload: "the bare one checks nothing and flushes once, where ours flushes each part",
    download: "the bare one checks nothing: ours works out the CRC-64 of what arrives, and flushes it",
    tar: "the file system takes longer to make the files than all else",
    meanwhile:
      "at each step a message waits for a piece of a body, and hub, client and the threads that write share two cores: 99 % take several times as long beside an upload that is not the hub's, too",
    half:
      "its own half is several times as many messages as the bare loop's, through the same load generator; the line of the bare loop's half has the same number for both",
    machine: "the scheduler has hub and load generator wait for a processor for as long as that",
    stalled:
      "the 2 MiB that the stalled client has not read are put into the mailbox in one turn, and a message in a hundred falls into it",
  },
};
