import { getLogger } from "@logtape/logtape";
import { CrossCommError } from "../protocol/errors.ts";
import { MailboxFile } from "./mailbox_file.ts";

const log = getLogger(["crosscomm", "hub"]);

/** How long who is not the hub waits for it to have written, in milliseconds. */
const VISITOR_PATIENCE_MS = 5000;

/**
 * Opens a hub's mailbox file, or makes one where there is none. One that is damaged is set aside, never deleted.
 *
 * @throws {CrossCommError} `MAILBOX_UNUSABLE`
 */
export async function openOwnFile(path: string): Promise<MailboxFile> {
  const wayOut = "choose another with mailboxFile (--mailbox-file)";
  try {
    return await MailboxFile.create(path);
  } catch (error) {
    if (!isDamage(error)) throw mailboxUnusable(path, error, wayOut);
    await setAside(path, error);
  }
  try {
    return await MailboxFile.create(path);
  } catch (error) {
    throw mailboxUnusable(path, error, wayOut);
  }
}

/**
 * Opens the mailbox file of a hub on this machine, whether that runs or not.
 *
 * @throws {CrossCommError} `MAILBOX_UNUSABLE`
 */
export async function openHubsFile(path: string): Promise<MailboxFile> {
  try {
    return await MailboxFile.open(path, VISITOR_PATIENCE_MS);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw mailboxUnusable(path, error, "is it the hub's, and yours to use?");
    }
    throw new CrossCommError("MAILBOX_UNUSABLE", `no hub keeps a mailbox in ${path}: start one there first`, {
      cause: error,
    });
  }
}

/** Says that a mailbox file cannot be used, and what to do about it. */
export function mailboxUnusable(path: string, cause: unknown, wayOut: string): CrossCommError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CrossCommError("MAILBOX_UNUSABLE", `the mailbox ${path} cannot be used (${why}): ${wayOut}`, { cause });
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && /file is not a database|database disk image is malformed/.test(error.message);
}

async function setAside(path: string, damage: unknown): Promise<void> {
  const aside = `${path}.damaged-${Date.now()}`;
  try {
    await Deno.rename(path, aside);
    await moveIfThere(`${path}-wal`, `${aside}-wal`); // what it has may still be saved from both together
    await moveIfThere(`${path}-shm`, `${aside}-shm`);
  } catch (cause) {
    throw mailboxUnusable(
      path,
      cause,
      "it is damaged: move it away, or choose another with mailboxFile (--mailbox-file)",
    );
  }
  log.warn("Starting with an empty mailbox: {path} cannot be read ({damage}); it is now {aside}", {
    path,
    damage: String(damage),
    aside,
  });
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
