import { hash, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import { clientPrefix } from "../protocol/client_prefix.ts";

/** An id and a secret, to sign requests with. */
export interface AccessKey {
  accessKeyId: string;
  accessKeySecret: string;
}

/** An access key for one client, for a while. */
export interface Grant extends AccessKey {
  /** When it ends, in seconds since 1970. */
  expires: number;
}

/** Whose a key is. */
export type Holder = { kind: "owner" } | LentTo;

/** The client that a key was lent to. `subject` is whose its login was. */
export interface LentTo {
  kind: "client";
  clientId: string;
  subject: string;
  prefix: string;
  expires: number;
}

/** Whether one who was let in under this id as this subject would be let in still. */
export type IsStillValid = (subject: string, clientId: string) => boolean;

interface Saved {
  owner: AccessKey;
  grantKey: string;
}

const GRANT = "CCTMP";

/** Who may sign requests to the store: its owner, and clients that were given a key for a while. */
export class Credentials {
  readonly owner: AccessKey;
  readonly #grantKey: string;

  private constructor({ owner, grantKey }: Saved) {
    this.owner = owner;
    this.#grantKey = grantKey;
  }

  /** Those that the file holds; where there is none, new ones, which it then holds. */
  static async open(path: string): Promise<Credentials> {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      const saved = make();
      await save(path, saved);
      return new Credentials(saved);
    }
    return new Credentials(parse(path, text));
  }

  /**
   * A key for a client. Nothing is kept of it: the id says for whom and until when it is and whose the login was,
   * and the secret follows from the id, so that it outlives a restart.
   */
  grant(clientId: string, lifetimeSeconds: number, subject: string): Grant {
    const expires = Math.floor(Date.now() / 1000 + lifetimeSeconds);
    const accessKeyId = [GRANT, expires, encode(clientId), encode(subject)].join(".");
    return { accessKeyId, accessKeySecret: this.#grantSecret(accessKeyId), expires };
  }

  /** The secret that belongs to an id, and who holds it; `undefined` where nobody does. */
  find(accessKeyId: string): { secret: string; holder: Holder } | undefined {
    if (accessKeyId === this.owner.accessKeyId) {
      return { secret: this.owner.accessKeySecret, holder: { kind: "owner" } };
    }
    const match = /^CCTMP\.(\d{1,15})\.([\w-]*)\.([\w-]*)$/.exec(accessKeyId);
    if (match === null) return undefined;
    const [clientId, subject] = [decode(match[2]!), decode(match[3]!)];
    return {
      secret: this.#grantSecret(accessKeyId),
      holder: { kind: "client", clientId, subject, prefix: clientPrefix(clientId), expires: Number(match[1]) },
    };
  }

  /** SHA-3 needs no HMAC around it, which takes three times as long: each login waits for this. */
  #grantSecret(accessKeyId: string): string {
    return hash("sha3-256", `${this.#grantKey}.${accessKeyId}`, "base64url");
  }
}

/** As UTF-16, for an id may hold what UTF-8 cannot. */
function encode(id: string): string {
  return id && Buffer.from(id, "utf16le").toString("base64url");
}

function decode(encoded: string): string {
  return Buffer.from(encoded, "base64url").toString("utf16le");
}

function make(): Saved {
  const key = (bytes: number) => randomBytes(bytes).toString("hex");
  return {
    owner: { accessKeyId: `CC${key(9).toUpperCase()}`, accessKeySecret: key(16) },
    grantKey: randomBytes(32).toString("base64url"),
  };
}

async function save(path: string, saved: Saved): Promise<void> {
  const draft = `${path}.tmp`;
  {
    using file = await Deno.open(draft, { write: true, create: true, truncate: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(`${JSON.stringify(saved, null, 2)}\n`);
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.sync();
  }
  await Deno.rename(draft, path);
}

function parse(path: string, text: string): Saved {
  const filled = (value: unknown) => typeof value === "string" && value.length >= 16;
  try {
    const saved: Saved = JSON.parse(text);
    if (filled(saved.owner.accessKeyId) && filled(saved.owner.accessKeySecret) && filled(saved.grantKey)) return saved;
  } catch {
    // Said below, without the text: it may hold secrets.
  }
  throw new Error(`${path} is damaged: restore it, or remove it, which makes new access keys`);
}
