import { Mailbox, type MailboxSettings } from "../../lib/hub/mailbox.ts";
import { tempFolder } from "./start_hub.ts";

export const LIMITS = { maxMessages: 1000, maxBytes: 1_000_000, maxTotalBytes: 10_000_000, lifetime: 100 };

/** A mailbox in a folder of its own. */
export async function tempMailbox(settings: Partial<MailboxSettings> = {}) {
  const folder = await tempFolder();
  const file = `${folder.path}/mailbox.db`;
  const mailbox = await Mailbox.open({ file, ...LIMITS, ...settings });
  return {
    mailbox,
    file,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await mailbox.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export function letter(n: number, text = `text ${n}`) {
  return { fromClientId: "bob", msgId: `bob_${n}`, text };
}

export function textsOf(mailbox: Mailbox, clientId: string, afterId = 0, maxBytes = Infinity): string[] {
  return mailbox.read(clientId, afterId, maxBytes).map(({ text }) => text);
}
