/*
 * Real processes send each other numbered messages while the hub is killed and restarted, lines are cut and stalled,
 * clients are killed and the disk fills. In the end the books must be right: nothing that was receipted is missing,
 * nothing came twice, all came in order, and of nothing was there no word.
 */
import { parseArgs } from "@std/cli/parse-args";
import { smallDisk } from "../support/small_disk.ts";
import { hubFaults, pause, peerFaults, type Victims } from "./faults.ts";
import { HubProcess } from "./hub_process.ts";
import { Ledger, type Verdict } from "./ledger.ts";
import { Peer } from "./peers.ts";
import { Random } from "./random.ts";

const usage = `Usage: deno task chaos [--seed N] [--seconds S] [--kills N] [--peers N]

  --seed     repeats the choices of a run, though not its timing
  --seconds  how long to do harm (90)
  --kills    go on until the hub has been killed so many times (0)
  --peers    how many clients (4)`;

const args = parseArgs(Deno.args, { string: ["seed", "seconds", "kills", "peers"], boolean: ["help"] });
if (args.help) {
  console.log(usage);
  Deno.exit(0);
}
const seed = Number(args.seed ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(args.seconds ?? 90);
const kills = Number(args.kills ?? 0);
const random = new Random(seed);
const DISK_BYTES = 16 * 1024 * 1024;
/** How long to wait, in seconds, for what is still on its way when the harm is over. */
const SETTLE_SECONDS = 60;

console.log(`Seed ${seed}, ${seconds} s${kills > 0 ? ` and at least ${kills} kills of the hub` : ""}`);
const folder = await Deno.makeTempDir();
const disk = await smallDisk(`${folder}/disk`, DISK_BYTES);
const hub = new HubProcess(disk === undefined ? folder : `${folder}/disk`);
const ledger = new Ledger();
const ids = Array.from({ length: Number(args.peers ?? 4) }, (_, index) => `peer-${index + 1}`);
const peers = ids.map((id) => new Peer(id, hub.port, ids.filter((other) => other !== id), ledger));
const harm: { [fault: string]: number } = {};

try {
  await hub.start();
  for (const peer of peers) peer.start(random.between(0, 2 ** 31));
  await doHarm({ hub, peers, smallDisk: disk && `${folder}/disk`, random });
  await Promise.all(peers.map((peer) => peer.finish()));
  const deadline = performance.now() + SETTLE_SECONDS * 1000;
  while (ledger.outstanding > 0 && performance.now() < deadline) await pause(50);
} finally {
  const alive = new Set(peers.map((peer) => peer.life));
  for (const peer of peers) await peer.stop();
  await hub.end("SIGTERM");
  await disk?.[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
  report(ledger.close((life) => alive.has(life)));
}

async function doHarm(victims: Victims): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const isOver = () => performance.now() >= until && (harm["hub killed"] ?? 0) >= kills;
  const harmHub = async () => {
    while (!isOver()) {
      await pause(random.between(200, 4000));
      await harmOnce("hub killed", hubFaults["hub killed"](victims));
      const other = random.pick(["hub killed", "hub restarted well", "disk full"] as const);
      await pause(random.between(200, 4000));
      await harmOnce(other, hubFaults[other](victims));
    }
  };
  const harmPeer = async (peer: Peer) => {
    while (!isOver()) {
      await pause(random.between(500, 6000));
      const fault = random.pick(Object.keys(peerFaults) as (keyof typeof peerFaults)[]);
      await harmOnce(fault, peerFaults[fault](peer, victims));
    }
  };
  await Promise.all([harmHub(), ...victims.peers.map(harmPeer)]);
}

async function harmOnce(fault: string, done: Promise<void>): Promise<void> {
  harm[fault] = (harm[fault] ?? 0) + 1;
  await done;
}

function report(verdict: Verdict): void {
  const wrong = (["silent", "missing", "twice", "disordered", "falselyRejected"] as const)
    .filter((kind) => verdict[kind].length > 0);
  const list = (counts: { [what: string]: number }) =>
    Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(", ") || "none";
  console.log(`Harm             ${list(harm)}; ${peers.reduce((sum, { lives }) => sum + lives, 0)} lives of clients`);
  console.log(`Messages sent    ${verdict.sent}`);
  console.log(`Receipted        ${list(verdict.receipts)}`);
  console.log(`Rejected         ${list(verdict.rejected)}`);
  console.log(`Without a word   ${verdict.silent.length} (and ${verdict.senderKilled} of senders that were killed)`);
  console.log(`Missing          ${verdict.missing.length}`);
  console.log(`Twice            ${verdict.twice.length} (and ${verdict.againAfterKill} again to the next life)`);
  console.log(`Out of order     ${verdict.disordered.length}`);
  console.log(`Wrongly rejected ${verdict.falselyRejected.length}`);
  for (const kind of wrong) console.log(`${kind}: ${verdict[kind].slice(0, 10).join("; ")}`);
  console.log(wrong.length === 0 && verdict.sent > 0 ? "The books are right." : `The books are wrong: --seed ${seed}`);
  Deno.exit(wrong.length === 0 && verdict.sent > 0 ? 0 : 1);
}
