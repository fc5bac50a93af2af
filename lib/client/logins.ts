import { type Link, notLetIn } from "../connection/link.ts";
import { handledLater, throwIfAborted, within } from "../connection/patience.ts";
import { SharedLogin } from "../connection/shared_login.ts";
import { checkSeconds } from "../protocol/check.ts";
import { CrossCommError } from "../protocol/errors.ts";
import type { LoginOptions } from "./options.ts";

/** What logins need to know. */
export interface LoginSettings {
  /** The hub's address, as it may be shown. */
  url: string;
  /** Makes a tie to the hub that has not been opened; `loginTimeout` is how long it may take to open it again later. */
  link(loginTimeout: number): Link;
  /** A client that was logged in is not any more. */
  onEnd(): void;
}

/** A client's ties to its hub, one after the other, each from a login to its end. */
export class Logins {
  readonly #settings: LoginSettings;
  #finished = handledLater();
  #isFinished = false;
  #link: Link | undefined;
  /** The one before: its access key to the store is good for what has arrived by then. */
  #latest: Link | undefined;
  #login: SharedLogin | undefined;
  /** Why the last tie has ended; `undefined` where this client ended it. */
  #reason: CrossCommError | undefined;

  constructor(settings: LoginSettings) {
    this.#settings = settings;
  }

  /** The tie of now, which may not be open yet. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** The tie of now, or else the last one. */
  get latest(): Link | undefined {
    return this.#link ?? this.#latest;
  }

  /** Resolves when the client has logged out, and rejects where that was not its own doing. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * The tie of now, which is not being ended.
   *
   * @throws {CrossCommError} `NOT_CONNECTED` where there is none.
   */
  current(): Link {
    if (this.#link !== undefined && !this.#link.isLeaving) return this.#link;
    const cause = this.#link === undefined ? this.#reason : undefined;
    const why = cause === undefined
      ? "this client is not logged in: await login() first"
      : `this client is not logged in any more: ${cause.message}: log in again`;
    throw new CrossCommError("NOT_CONNECTED", why, { cause });
  }

  /** Logs in, or waits for the login that is under way, or for the connection to come back. */
  async login({ timeout = 10, signal }: LoginOptions): Promise<void> {
    checkSeconds("timeout", timeout);
    throwIfAborted(signal);
    const why = notLetIn(this.#settings.url, timeout);
    while (this.#link?.isLeaving || this.#login?.isGivenUp) await within(this.#left(), timeout, why, signal);
    if (this.#link === undefined) this.#begin(timeout);
    if (this.#login !== undefined) await this.#login.join(timeout, why, signal);
    else await this.#link!.online(timeout, signal);
  }

  /** Logs out, and resolves when nothing is open any more. */
  async logout(): Promise<void> {
    const login = this.#login;
    await this.#link?.close();
    await login?.settled;
  }

  /** Resolves when what is being ended has ended: the tie, and the login that it was to come of. */
  async #left(): Promise<void> {
    if (this.#link?.isLeaving) await this.#link.ended;
    await this.#login?.settled;
  }

  #begin(timeout: number): void {
    const link = this.#link = this.#settings.link(timeout);
    this.#login = new SharedLogin((signal) => this.#enter(link, signal).finally(() => this.#login = undefined));
  }

  async #enter(link: Link, signal: AbortSignal): Promise<void> {
    try {
      await link.open(signal);
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
    if (this.#isFinished) this.#finished = handledLater();
    this.#isFinished = false;
    link.ended.then((reason) => {
      this.#latest = link;
      this.#reason = reason;
      this.#link = undefined;
      this.#isFinished = true;
      this.#settings.onEnd();
      if (reason === undefined) this.#finished.resolve();
      else this.#finished.reject(reason);
    });
  }
}
