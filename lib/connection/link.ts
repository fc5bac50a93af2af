import { getLogger } from "@logtape/logtape";
import type { ClientList } from "../protocol/client_list.ts";
import { type Envelope, readEnvelope } from "../protocol/envelope.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { ALL_CLIENTS } from "../protocol/ids.ts";
import type { StorageGrant } from "../protocol/login.ts";
import { decodeLoss, type LostMessage } from "../protocol/lost_message.ts";
import { ControlType, isCommMsgType } from "../protocol/message_types.ts";
import { decodePresence, type PresenceReport } from "../protocol/presence.ts";
import type { Receipt } from "../protocol/receipt.ts";
import { decodeReceipts } from "../protocol/receipts.ts";
import { backoff } from "./backoff.ts";
import { Connection, type ConnectionEnd, controlFrame, type Login, noHubFrame } from "./connection.ts";
import type { Address } from "./dial.ts";
import { HubCalls } from "./hub_calls.ts";
import { Outbox } from "./outbox.ts";
import { handledLater, within } from "./patience.ts";
import type { RecentIds } from "./recent_ids.ts";
import type { ReconnectPolicy } from "./reconnect.ts";
import { Session } from "./session.ts";
import type { StatusFeed } from "./status.ts";
import type { Wire } from "./wire.ts";
import { WireV1 } from "./wire_v1.ts";
import { WireV2 } from "./wire_v2.ts";

const log = getLogger(["crosscomm", "connection"]);

/** How long, in seconds, a logout waits for the receipts of what was sent before. */
const DRAIN_SECONDS = 5;
/** How long, in milliseconds, a connection has to last before the next loss counts as the first one. */
const STEADY_MS = 1000;

/** What a link needs to know. */
export interface LinkSettings {
  address: Address;
  clientId: string;
  /** In seconds. */
  heartbeatInterval: number;
  /** How long an attempt to log in again may take, in seconds. */
  loginTimeout: number;
  /** `undefined` where a lost connection is the end. */
  reconnect: ReconnectPolicy | undefined;
  status: StatusFeed;
  recent: RecentIds;
  /** Whether to ask the hub to tell who comes online and who goes offline. */
  watchPresence: boolean;
  onMessage(envelope: Envelope): void;
  onLost(message: LostMessage): void;
  /** The hub begins anew to tell who is online or, where it speaks version 1, tells nothing of it. */
  onPresenceAnew(protocol: 1 | 2): void;
  onPresence(report: PresenceReport): void;
}

/** A client's tie to its hub from the login to the logout, over as many connections as it takes. */
export class Link {
  readonly #settings: LinkSettings;
  readonly #outbox = new Outbox();
  readonly #calls = new HubCalls((msgType, contentJson) => this.#ask(msgType, contentJson));
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  /** Fires when nothing is to be tried any more. */
  readonly #over = new AbortController();
  /** The session of version 2, which goes on over the next connection if the hub can. */
  #session: Session | undefined;
  #connection: Connection | undefined;
  #wire: Wire | undefined;
  /** Resolves while there is a connection, and rejects when there will be none. */
  #online = handledLater();
  /** How many attempts and short connections came to nothing. */
  #failures = 0;
  /** Ends the wait for the next attempt. */
  #wake: () => void = () => {};
  /** Settles when it is back, or is not to come back any more. */
  #returning: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;
  readonly #onNetwork = (): void => {
    this.#wire?.beat();
    this.#wake();
  };

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    globalThis.addEventListener?.("online", this.#onNetwork); // browsers tell, and Node has no such function
  }

  /** The version of the protocol that is spoken; `undefined` where there is no connection right now. */
  get protocol(): 1 | 2 | undefined {
    return this.#wire?.protocol;
  }

  /** Whether this side is ending it. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Resolves when it is over: to the reason where this side has not ended it. */
  get ended(): Promise<ConnectionEnd> {
    return this.#ended.promise;
  }

  /**
   * Logs in for the first time. `signal` gives it up, with an error of ours as its reason.
   *
   * @throws {CrossCommError} as {@linkcode Connection.login}, and the signal's reason.
   */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.#attempt(1, signal);
    } catch (error) {
      this.#finish(error as CrossCommError);
      throw error;
    }
  }

  /** Resolves when there is a connection. `timeout` is in seconds. */
  async online(timeout: number, signal?: AbortSignal): Promise<void> {
    const why = `there has been no connection to ${this.#settings.address.url} for ${timeout} s: try again later`;
    await within(this.#online.promise, timeout, why, signal);
  }

  /**
   * Sends a message; resolves to its receipt. `timeout` is in seconds.
   *
   * @throws {CrossCommError} `MESSAGE_TOO_LARGE`, `NOT_CONNECTED`, `CONNECTION_LOST`, `TIMEOUT`, `ABORTED`, and what
   * the hub gives as the reason.
   */
  send(msgId: string, envelope: string, timeout: number, signal?: AbortSignal): Promise<Receipt> {
    const receipt = this.#outbox.add(msgId, envelope, timeout, signal);
    this.#wire?.pump();
    return receipt;
  }

  /** Asks the hub who is there. `timeout` is in seconds. */
  async listClients(onlyShowOnline: boolean, timeout: number): Promise<ClientList> {
    const why = `the hub has not answered within ${timeout} s: try again, or wait longer`;
    return await within(this.#calls.listClients(onlyShowOnline), timeout, why);
  }

  /** The hub's store, and an access key to it that is good for a while; `undefined` where the hub has none. */
  storage(): Promise<StorageGrant | undefined> {
    return this.#calls.storage();
  }

  /** Waits for what was sent, for a while, and logs out. */
  close(): Promise<void> {
    return this.#leaving ??= this.#leave();
  }

  async #leave(): Promise<void> {
    const done = Promise.race([this.#outbox.idle, this.#ended.promise]);
    await within(done, DRAIN_SECONDS, "").catch(() => {}); // what is left by then is told so
    const why = "this client has logged out";
    this.#over.abort(new CrossCommError("ABORTED", why));
    this.#outbox.end(why);
    this.#wake();
    await this.#returning; // an attempt that is under way leaves no socket open
    this.#wire?.leave();
    await this.#connection?.close();
    this.#finish(undefined);
  }

  /** Connects and logs in. `signal` gives it up, with an error of ours as its reason. */
  async #attempt(attempt: number, signal: AbortSignal): Promise<void> {
    const { address, clientId, watchPresence: presence } = this.#settings;
    this.#settings.status.set({ state: "connecting", attempt });
    const eitherSignal = AbortSignal.any([signal, this.#over.signal]);
    const offer = { resume: this.#session?.resume, presence };
    this.#adopt(await Connection.login(address, clientId, offer, eitherSignal));
  }

  /** Connects and logs in, in the time that there is for it. */
  async #attemptInTime(attempt: number): Promise<void> {
    const { address, loginTimeout } = this.#settings;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      abort.abort(new CrossCommError("TIMEOUT", notLetIn(address.url, loginTimeout)));
    }, loginTimeout * 1000);
    try {
      await this.#attempt(attempt, abort.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Goes on over a connection that is logged in. */
  #adopt({ connection, welcome: { session: grant, frameLimit, storage } }: Login): void {
    const resumed = grant !== undefined && grant.resumed && grant.id === this.#session?.id;
    if (resumed) {
      this.#resume(grant.received, connection);
    } else {
      if (this.#session !== undefined) this.#forget(lost("the hub could not go on with what was said before"));
      this.#session = grant && new Session(grant.id);
      this.#settings.onPresenceAnew(grant === undefined ? 1 : 2);
    }
    const settings = {
      ...{ connection, frameLimit, outbox: this.#outbox, clientId: this.#settings.clientId },
      heartbeatInterval: this.#settings.heartbeatInterval,
      onEnvelope: (text: string) => this.#take(text),
    };
    this.#connection = connection;
    this.#wire = this.#session === undefined ? new WireV1(settings) : new WireV2(this.#session, settings);
    this.#calls.grant(storage);
    this.#settings.status.set({ state: "online", protocol: this.#wire.protocol, resumed });
    this.#online.resolve();
    const since = performance.now();
    connection.ended.then((end) => this.#disconnected(end, performance.now() - since));
    this.#wire.start();
  }

  #resume(received: number, connection: Connection): void {
    try {
      this.#session!.goOn(received);
    } catch (error) {
      connection.breakOff(error as CrossCommError);
      this.#forget(error as CrossCommError);
      throw error;
    }
  }

  /** What was said in the session has lost its meaning: messages without a receipt are sent anew. */
  #forget(why: CrossCommError): void {
    this.#session = undefined;
    this.#outbox.takeBack();
    this.#calls.lost(why);
  }

  #disconnected(end: ConnectionEnd, lastedMs: number): void {
    const reason = end ?? lost("this client has logged out");
    this.#wire?.end(reason);
    this.#wire = this.#connection = undefined;
    if (this.#over.signal.aborted) return;
    if (this.#session === undefined || reason.code === "WRONG_PROTOCOL") this.#forget(reason);
    if (lastedMs >= STEADY_MS) this.#failures = 0;
    const level = reason.code === "WRONG_PROTOCOL" ? "warn" : "info"; // something may be lost with what made no sense
    log[level]("{clientId}: {reason}", { clientId: this.#settings.clientId, reason: reason.message });
    this.#online = handledLater();
    if (this.#settings.reconnect === undefined || isFinal(reason)) this.#finish(reason);
    else this.#returning = this.#reconnect(reason, this.#settings.reconnect);
  }

  async #reconnect(reason: CrossCommError, { maxDelay, giveUpAfter }: ReconnectPolicy): Promise<void> {
    const giveUpAt = performance.now() + giveUpAfter * 1000;
    for (let attempt = 1; !this.#over.signal.aborted; attempt++) {
      const left = giveUpAt - performance.now();
      if (left <= 0) {
        return this.#finish(lost(`it has not come back within ${giveUpAfter} s: ${reason.message}`, reason));
      }
      const delayMs = Math.min(backoff(this.#failures++, maxDelay * 1000), left);
      this.#settings.status.set({ state: "lost", reason, retryIn: delayMs / 1000 });
      await this.#wait(delayMs);
      if (this.#over.signal.aborted) return;
      try {
        return await this.#attemptInTime(attempt);
      } catch (error) {
        reason = error as CrossCommError;
        if (isFinal(reason)) return this.#finish(reason);
      }
    }
  }

  /** Waits for the next attempt, or until there is reason to make it now. */
  async #wait(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  #finish(reason: ConnectionEnd): void {
    this.#over.abort(reason);
    this.#wake();
    globalThis.removeEventListener?.("online", this.#onNetwork);
    const why = reason?.message ?? "this client has logged out";
    this.#outbox.end(why, reason);
    const gone = new CrossCommError("NOT_CONNECTED", why, { cause: reason });
    this.#calls.lost(gone);
    this.#online.reject(gone);
    this.#online = handledLater(); // there was a connection, perhaps: whoever asks from now on waits for none
    this.#online.reject(gone);
    this.#settings.status.set({ state: "ended", reason });
    this.#ended.resolve(reason);
  }

  async #ask(msgType: ControlType, contentJson: string): Promise<void> {
    await this.#online.promise;
    this.#wire?.post(controlFrame(this.#settings.clientId, msgType, contentJson));
  }

  /** Takes what has arrived. True where its sender waits to hear that it has. */
  #take(text: string): boolean {
    try {
      const envelope = readEnvelope(text);
      if (isCommMsgType(envelope.msgType)) {
        const isNew = this.#session === undefined || this.#settings.recent.add(envelope.fromClientId, envelope.msgId);
        if (isNew) this.#settings.onMessage(envelope);
        return envelope.toClientId !== ALL_CLIENTS;
      }
      if (envelope.msgType === ControlType.RECEIPT) this.#receipts(envelope);
      else if (envelope.msgType === ControlType.ERROR) this.#lost(envelope);
      else if (envelope.msgType === ControlType.PRESENCE) this.#presence(envelope);
      else this.#calls.take(envelope);
    } catch (error) {
      log.warn("{clientId}: {error}", { clientId: this.#settings.clientId, error });
    }
    return false;
  }

  /** A message that was stored is lost. The hub may say so twice, as anything that waits in a mailbox. */
  #lost(envelope: Envelope): void {
    const message = decodeLoss(envelope.parseContent());
    if (message === undefined) throw noHubFrame(envelope);
    if (this.#settings.recent.add(envelope.fromClientId, envelope.msgId)) this.#settings.onLost(message);
  }

  #presence(envelope: Envelope): void {
    const report = decodePresence(envelope.parseContent());
    if (report === undefined) throw noHubFrame(envelope);
    this.#settings.onPresence(report);
  }

  #receipts(envelope: Envelope): void {
    this.#outbox.receipts(decodeReceipts(envelope.parseContent()));
    this.#wire?.pump(); // there may be room for what waits
  }
}

/** Why a login was given up that took so many seconds. */
export function notLetIn(url: string, seconds: number): string {
  return `${url} has not let this client in within ${seconds} s: check the address, or wait longer`;
}

/** Whether there is no use in trying again. */
function isFinal({ code }: CrossCommError): boolean {
  return code === "LOGIN_REFUSED" || code === "DISMISSED";
}

function lost(why: string, cause?: CrossCommError): CrossCommError {
  return new CrossCommError("CONNECTION_LOST", `the connection to the hub has ended: ${why}`, { cause });
}
