import { checkPositive, checkText } from "../protocol/check.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { readTokens, unusable } from "./stored_tokens.ts";
import { type AccessToken, makeToken, type StoredToken } from "./token.ts";

/** What a new token is for. */
export interface NewTokenOptions {
  /** The id that it lets log in, or a pattern of ids in which `*` stands for any characters. Default: `"*"`. */
  clients?: string;
  /** After how many seconds it ends. Default: never. */
  lifetime?: number;
  /** What to write down about it. Default: nothing. */
  note?: string;
}

/** How long to wait for another program that is changing the file, in ms. */
const PATIENCE_MS = 2_000;
const RETRY_MS = 20;

/**
 * The tokens that let clients in, in a file that its owner alone can read. A hub that is told of the file asks for
 * tokens, and sees what changes in it within a second.
 *
 * @example A token for every thermometer
 * ```ts
 * import { TokenFile } from "@x/crosscomm/server";
 *
 * const folder = await Deno.makeTempDir();
 * const tokens = new TokenFile(`${folder}/tokens.json`);
 * const { id, token } = await tokens.create({ clients: "thermometer-*", note: "the cellar" });
 * console.log(`give ${token} to them`); // it cannot be shown again
 * await tokens.revoke(id);
 * ```
 */
export class TokenFile {
  /** Where it is. */
  readonly path: string;

  /** Nothing is read or written yet. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes a token, and the file where there is none. Its text holds the secret, which is kept nowhere.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT`, or `TOKENS_UNUSABLE` where the file is damaged or cannot be written.
   */
  async create({ clients = "*", lifetime, note = "" }: NewTokenOptions = {}): Promise<{ id: string; token: string }> {
    checkText("clients", clients);
    if (lifetime !== undefined) checkPositive("lifetime", lifetime);
    const { id, token, sha256 } = makeToken();
    const created = Math.floor(Date.now() / 1000);
    const expires = lifetime === undefined ? null : created + lifetime;
    await this.#change((tokens) => [...tokens, { id, clients, created, expires, note, sha256 }]);
    return { id, token };
  }

  /**
   * The tokens in the order in which they were made; none where there is no file.
   *
   * @throws {CrossCommError} `TOKENS_UNUSABLE` where the file is damaged or cannot be read.
   */
  list(): AccessToken[] {
    return (readTokens(this.path) ?? []).map(({ sha256: _, ...token }) => token);
  }

  /**
   * Takes a token away. Who is logged in with it is disconnected within a second. False where there is no such token.
   *
   * @throws {CrossCommError} `TOKENS_UNUSABLE` where the file is damaged or cannot be written.
   */
  async revoke(id: string): Promise<boolean> {
    let found = false;
    await this.#change((tokens) => {
      const others = tokens.filter((token) => token.id !== id);
      found = others.length < tokens.length;
      return found ? others : undefined;
    });
    return found;
  }

  /** Replaces the file whole. The draft, made by one program at a time, keeps two changes from losing one. */
  async #change(change: (tokens: StoredToken[]) => StoredToken[] | undefined): Promise<void> {
    const draft = `${this.path}.tmp`;
    using file = await this.#openDraft(draft);
    try {
      const tokens = change(readTokens(this.path) ?? []);
      if (tokens === undefined) return await Deno.remove(draft);
      const bytes = new TextEncoder().encode(`${JSON.stringify({ tokens }, null, 2)}\n`);
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.sync();
      await Deno.rename(draft, this.path);
    } catch (cause) {
      await Deno.remove(draft).catch(() => {});
      throw cause instanceof CrossCommError ? cause : unusable(this.path, `cannot be written (${cause})`, cause);
    }
  }

  async #openDraft(draft: string): Promise<Deno.FsFile> {
    for (const start = performance.now();;) {
      try {
        return await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
      } catch (cause) {
        if (!(cause instanceof Deno.errors.AlreadyExists)) {
          throw unusable(this.path, `cannot be written (${cause})`, cause);
        }
        if (performance.now() - start > PATIENCE_MS) {
          throw unusable(
            this.path,
            `is being changed by another program, or one was killed while it did: remove ${draft}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
