import { type HubMailbox, type MailboxUsage, openMailbox } from "../../server.ts";
import { bytes } from "./bytes.ts";
import { column } from "./column.ts";
import type { Command } from "./command.ts";
import { nearest, UsageError } from "./flags.ts";
import { logToStandardError } from "./logging.ts";
import { dateAndTime, type Output, printable } from "./output.ts";

const NOTHING = "Nothing waits for anybody.";

export const mailbox: Command = {
  usage: "[clear (ID… | --all)]",
  details: `Without a subcommand, lists for whom messages wait, how many, how large they are together, and since when.
Clearing removes them for good; their senders are not told. Run this where the hub runs, in the same directory or with
the same --mailbox-file; it makes no difference whether the hub is running.`,
  flags: [
    {
      name: "mailbox-file",
      value: "FILE",
      env: "CROSSCOMM_MAILBOX_FILE",
      help: "where the hub keeps what waits (cross_comm_mailbox.db)",
    },
    { name: "all", help: "clear what waits for anybody" },
  ],
  examples: ["mailbox", "mailbox clear ann bob", "mailbox clear --all"],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const [subcommand, ...ids] = settings.positional;
    const all = settings.on("all");
    if (subcommand !== undefined && subcommand !== "clear") {
      throw new UsageError(`mailbox has no subcommand ${subcommand}${nearest(subcommand, ["clear"])}`);
    }
    if (subcommand === undefined && all) throw new UsageError("--all goes with mailbox clear");
    if (subcommand === "clear" && ids.length > 0 === all) {
      throw new UsageError("mailbox clear needs either the ids of clients or --all");
    }
    await using opened = await openMailbox(settings.text("mailbox-file") ?? "cross_comm_mailbox.db");
    if (subcommand === undefined) show(opened.usage(), output);
    else await clear(opened, all ? opened.usage().map(({ clientId }) => clientId) : ids, output, interrupted);
  },
};

function show(boxes: MailboxUsage[], output: Output): void {
  const ids = column(boxes.map(({ clientId }) => clientId));
  for (const [row, { clientId, messages, bytes: size, oldest }] of boxes.entries()) {
    output.print(
      `${ids[row]}  ${counted(messages)}, ${bytes(size)}, since ${dateAndTime(oldest)}`,
      { client_id: clientId, messages, bytes: size, oldest },
    );
  }
  if (boxes.length === 0) output.print(NOTHING);
}

async function clear(opened: HubMailbox, ids: string[], output: Output, interrupted: AbortSignal): Promise<void> {
  for (const clientId of ids) {
    if (interrupted.aborted) return;
    const messages = await opened.clear(clientId);
    output.print(`Removed ${counted(messages)} for ${printable(clientId)}`, { client_id: clientId, cleared: messages });
  }
  if (ids.length === 0) output.print(NOTHING);
}

function counted(messages: number): string {
  return messages === 1 ? "1 message" : `${messages} messages`;
}
