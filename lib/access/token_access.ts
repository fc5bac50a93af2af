import { getLogger } from "@logtape/logtape";
import type { Access } from "./access.ts";
import { fitsPattern } from "./pattern.ts";
import { readTokens } from "./stored_tokens.ts";
import { isSecretOf, splitToken, type StoredToken } from "./token.ts";
import { WatchedFiles } from "./watched_files.ts";

const log = getLogger(["crosscomm", "access"]);

/** Whose the logins are where no token is asked for: everybody's. */
const ANYONE = "";
/** What a secret is compared with where there is no such token, so that this takes no less time. */
const NO_HASH = "0".repeat(64);
/** For how long, in ms, a file that is gone or cannot be read counts as one that is just being written. */
const PATIENCE_MS = 5_000;

/** Since when the file tells nothing, and why; without an error it is gone. */
interface Trouble {
  readonly since: number;
  readonly error?: unknown;
}

/**
 * Lets in who has a token of the tokens file. Whether tokens are asked for is a matter of the file being there, or of
 * `required`. It may come while the hub runs. Once it was there, its absence lets nobody in, and takes the tokens of
 * those who are in; what cannot be read lets nobody in either, but says nothing of those who are. Before, it gets a
 * while, in which what it held last counts: not everybody replaces a file whole.
 */
export class TokenAccess implements Access, Disposable {
  readonly #path: string;
  readonly #watch: WatchedFiles;
  #tokens: ReadonlyMap<string, StoredToken> = new Map();
  #required: boolean;
  #wasThere = false;
  #trouble: Trouble | undefined;
  /** Whether nobody is let in, for the file has told nothing for a while. */
  #isLocked = false;
  readonly #now: () => number;

  /**
   * `path` is that of the tokens file, which is not read yet; `required`: tokens are asked for even without one. `now`
   * is a clock in ms.
   */
  constructor(path: string, required: boolean, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#required = required;
    this.#now = now;
    this.#watch = new WatchedFiles(path);
  }

  /** Whether tokens are asked for. */
  get required(): boolean {
    return this.#required || this.#isLocked;
  }

  /** Reads the file, and calls back once a second when it was looked at: what was valid may not be any more. */
  start(onLook: () => void): void {
    this.#readChanges();
    if (this.#trouble !== undefined) this.#lock(this.#trouble); // nothing is known from before
    this.#watch.every(() => {
      this.#readChanges();
      onLook();
    });
  }

  check(clientId: string, token: string | undefined): { subject: string } | { refused: string } {
    if (this.required && token === undefined) return { refused: "this hub asks for a token" };
    const parts = token === undefined ? undefined : splitToken(token);
    // One that is unknown may have been made a moment ago, and the file with it.
    if (parts !== undefined && !this.#tokens.has(parts.id)) this.#readChanges();
    if (!this.required) return { subject: ANYONE };
    const stored = parts && this.#tokens.get(parts.id);
    const isRight = isSecretOf(parts?.secret ?? "", stored?.sha256 ?? NO_HASH);
    if (!this.#isLocked && stored !== undefined && isRight && lets(stored, clientId)) return { subject: stored.id };
    return { refused: `this token does not let ${JSON.stringify(clientId)} in` };
  }

  isStillValid(subject: string | undefined, clientId: string): boolean {
    if (!this.#required) return subject === ANYONE;
    const stored = this.#tokens.get(subject ?? ANYONE);
    return stored !== undefined && lets(stored, clientId);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #readChanges(): void {
    this.#watch.readChanges(() => this.#read(), (error) => this.#trouble = { since: this.#now(), error });
    if (this.#trouble !== undefined && this.#now() - this.#trouble.since >= PATIENCE_MS) this.#lock(this.#trouble);
  }

  #read(): void {
    const path = this.#path;
    const tokens = readTokens(path);
    if (tokens === undefined && this.#wasThere) {
      this.#trouble = { since: this.#now() };
      return;
    }
    if (tokens !== undefined) {
      if (!this.required) log.info("Clients need a token: there is {path}", { path });
      this.#required = this.#wasThere = true;
      this.#warnOfReaders();
    } else if (this.#required) {
      this.#sayThatNoneIs();
    }
    this.#tokens = new Map(tokens?.map((token) => [token.id, token]));
    this.#trouble = undefined;
    this.#isLocked = false;
  }

  #lock({ error }: Trouble): void {
    this.#trouble = undefined;
    this.#isLocked = true;
    if (error !== undefined) {
      log.error("Nobody is let in: {error}; restore it, or remove it and make new tokens", { error });
    } else {
      this.#tokens = new Map();
      this.#sayThatNoneIs();
    }
  }

  #sayThatNoneIs(): void {
    log.warn("Nobody is let in: tokens are asked for, and there is no {path}", { path: this.#path });
  }

  #warnOfReaders(): void {
    const path = this.#path;
    const { mode } = Deno.statSync(path);
    if (mode === null || (mode & 0o077) === 0) return;
    log.warn("{path} can be read by others than its owner: chmod 600 it", { path });
  }
}

function lets({ clients, expires }: StoredToken, clientId: string): boolean {
  return (expires === null || Date.now() < expires * 1000) && fitsPattern(clientId, clients);
}
