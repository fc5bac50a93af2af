import { getLogger } from "@logtape/logtape";
import { type ClientList, decodeClientList, encodeListRequest } from "../protocol/client_list.ts";
import { type Envelope, type EnvelopeFields, readEnvelope, writeEnvelope } from "../protocol/envelope.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { frameLimitIn, refusalIn, type StorageGrant, storageIn } from "../protocol/login.ts";
import { loginOffer } from "../protocol/login_offer.ts";
import { ControlType, isCommMsgType, type WireType } from "../protocol/message_types.ts";
import { pythonExceeds } from "../protocol/python_length.ts";
import { dial } from "./dial.ts";

const log = getLogger(["crosscomm", "connection"]);
const utf8 = new TextDecoder();

/** How many bytes may wait in the socket before sending waits for it, and how often it is looked at then. */
const HIGH_WATER_BYTES = 1024 * 1024;
const DRAIN_POLL_MS = 5;
/** How long a hub may take to answer our close. */
const CLOSE_TIMEOUT_MS = 2000;

/** How long before its end, in seconds, an access key to the store is renewed. */
const RENEW_SECONDS = 60;
/** How long, in seconds, the hub may take for that. */
const RENEW_TIMEOUT_SECONDS = 10;

/** A listing that has been asked for. One that has timed out stays, to take the answer that is meant for it. */
interface PendingList {
  onlyShowOnline: boolean;
  resolve(list: ClientList): void;
  reject(error: CrossCommError): void;
}

/** How a connection ended: `undefined` where this side ended it. */
export type ConnectionEnd = CrossCommError | undefined;

/** A client's side of one connection to a hub, from the login to the end. */
export class Connection {
  readonly #url: string;
  readonly #clientId: string;
  readonly #socket: WebSocket;
  /** Who gets the messages; until there is somebody, they wait in `#early`. */
  #onMessage: (envelope: Envelope) => void = (envelope) => this.#early.push(envelope);
  readonly #early: Envelope[] = [];
  #answered = handledLater();
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  readonly #pendingLists: PendingList[] = [];
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #storage: StorageGrant | undefined;
  #renewing: Promise<void> | undefined;
  /** The largest frame that the hub accepts; `undefined` where it says nothing of it, as Python's. */
  #hubLimit: number | undefined;
  /** Whether the hub has let us in. */
  #isIn = false;
  #leaving = false;
  #isOver = false;

  private constructor(url: string, clientId: string, socket: WebSocket) {
    this.#url = url;
    this.#clientId = clientId;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#close(code, reason);
    socket.onerror = () => {}; // a close follows
  }

  /**
   * Connects and logs in.
   *
   * @throws {CrossCommError} as {@linkcode dial}, and `LOGIN_REFUSED`, `WRONG_PROTOCOL`, `CONNECTION_LOST`.
   */
  static async login(url: string, clientId: string, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(url, clientId, await dial(url, signal));
    const abort = () => connection.#answered.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      connection.#send(ControlType.LOGIN, loginOffer().replace(`"protocol":2,`, ""));
      await connection.#answered.promise;
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    return connection;
  }

  /** Hands over what arrives, and lets the hub hear of us every `heartbeatInterval` seconds, at first now. */
  run(heartbeatInterval: number, onMessage: (envelope: Envelope) => void): void {
    this.#onMessage = onMessage;
    for (const envelope of this.#early.splice(0)) this.#hand(envelope);
    if (this.#isOver) return;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatInterval * 1000);
    this.#beat();
  }

  /** Whether this side is ending the connection. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  /** Resolves when the connection has ended. */
  get ended(): Promise<ConnectionEnd> {
    return this.#ended.promise;
  }

  /**
   * Sends a message, and waits while much is waiting to be sent.
   *
   * @throws {CrossCommError} `MESSAGE_TOO_LARGE` or `NOT_CONNECTED`; what `signal` holds once it fires.
   */
  async send(fields: EnvelopeFields, signal?: AbortSignal): Promise<void> {
    const item = new Item(writeEnvelope(fields));
    if (this.#hubLimit === undefined ? pythonExceeds(item.text, DEPLOYED_FRAME_LIMIT) : item.exceeds(this.#hubLimit)) {
      throw new CrossCommError(
        "MESSAGE_TOO_LARGE",
        `this message is larger than the ${
          this.#hubLimit ?? DEPLOYED_FRAME_LIMIT
        } bytes that can be passed on: send it in parts`,
      );
    }
    this.#write(item.text);
    while (this.#socket.bufferedAmount > HIGH_WATER_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      signal?.throwIfAborted();
      if (this.#isOver && !this.#leaving) throw this.#lost("a message was still on its way");
    }
  }

  /** The hub's store, and an access key to it that is good for a while; `undefined` where the hub has none. */
  async storage(): Promise<StorageGrant | undefined> {
    if (this.#storage !== undefined && this.#storage.expires - Date.now() / 1000 < RENEW_SECONDS) {
      this.#renewing ??= this.#renew().finally(() => this.#renewing = undefined);
      await this.#renewing;
    }
    return this.#storage;
  }

  /** Logs in again on the same connection, which brings a new access key. */
  async #renew(): Promise<void> {
    const answered = this.#answered = handledLater();
    const timer = setTimeout(() => {
      const why = `the hub has not renewed the access key to its store within ${RENEW_TIMEOUT_SECONDS} s: try again`;
      answered.reject(new CrossCommError("TIMEOUT", why));
    }, RENEW_TIMEOUT_SECONDS * 1000);
    try {
      this.#send(ControlType.LOGIN, loginOffer().replace(`"protocol":2,`, ""));
      await answered.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the hub who is there. `timeout` is in seconds. */
  async listClients(onlyShowOnline: boolean, timeout: number): Promise<ClientList> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientList>();
    this.#send(ControlType.LIST_CLIENTS, encodeListRequest(onlyShowOnline));
    this.#pendingLists.push({ onlyShowOnline, resolve, reject });
    const timer = setTimeout(() => {
      reject(new CrossCommError("TIMEOUT", `the hub has not answered within ${timeout} s: try again, or wait longer`));
    }, timeout * 1000);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Logs out and closes; resolves when the hub has the last of what was sent, or does not answer. */
  async close(): Promise<void> {
    if (this.#leaving) {
      await this.#ended.promise;
      return;
    }
    this.#leaving = true;
    clearInterval(this.#heartbeat);
    if (this.#socket.readyState === WebSocket.OPEN) {
      if (this.#isIn) this.#send(ControlType.LOGOUT, "{}");
      this.#socket.close(1000);
    }
    const timer = setTimeout(() => this.#close(1006, ""), CLOSE_TIMEOUT_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #beat(): void {
    // A timer has nobody to throw at, and a socket that closes needs no heartbeat.
    if (this.#socket.readyState === WebSocket.OPEN) this.#send(ControlType.HEARTBEAT, "{}");
  }

  #send(msgType: WireType, contentJson: string): void {
    const msgId = makeMessageId(this.#clientId);
    this.#write(
      writeEnvelope({ msgId, fromClientId: this.#clientId, toClientId: SERVER_ID, msgType, contentJson }),
    );
  }

  #write(frame: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new CrossCommError("NOT_CONNECTED", "the connection to the hub has ended: log in again");
    }
    this.#socket.send(frame);
  }

  #receive(data: string | ArrayBuffer): void {
    try {
      const envelope = readEnvelope(typeof data === "string" ? data : utf8.decode(data));
      if (isCommMsgType(envelope.msgType)) this.#hand(envelope);
      else this.#control(envelope);
    } catch (error) {
      this.#answered.reject(this.#noHub(error)); // of no effect after the login
      this.#reject(error);
    }
  }

  #hand(envelope: Envelope): void {
    try {
      this.#onMessage(envelope);
    } catch (error) {
      this.#reject(error);
    }
  }

  #reject(error: unknown): void {
    log.warn("{clientId}: {error}", { clientId: this.#clientId, error });
  }

  #control(envelope: Envelope): void {
    if (envelope.msgType === ControlType.LIST_CLIENTS_RESPONSE) {
      const list = decodeClientList(envelope.parseContent());
      const asked = this.#pendingLists.findIndex((pending) => pending.onlyShowOnline === list?.onlyShowOnline);
      if (list !== undefined && asked >= 0) this.#pendingLists.splice(asked, 1)[0]!.resolve(list);
    } else if (envelope.msgType === ControlType.LOGIN_RESPONSE) {
      const content = envelope.parseContent();
      const refusal = refusalIn(content);
      if (refusal === undefined) {
        this.#hubLimit = frameLimitIn(content);
        this.#storage = storageIn(content);
        // By our own clock, for the two may differ.
        if (this.#storage) this.#storage.expires += Date.now() / 1000 - envelope.timestamp;
        this.#isIn = true;
        this.#answered.resolve();
      } else {
        this.#answered.reject(new CrossCommError("LOGIN_REFUSED", `the hub refuses this login: ${refusal}`));
      }
    } else {
      throw new CrossCommError("WRONG_PROTOCOL", `a hub sends no ${envelope.msgType} frames`);
    }
  }

  #noHub(cause: unknown): CrossCommError {
    return new CrossCommError("WRONG_PROTOCOL", `${this.#url} is a WebSocket server, but no hub: check the address`, {
      cause,
    });
  }

  #close(code: number, reason: string): void {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    this.#socket.onmessage = this.#socket.onclose = null;
    const lost = this.#lost(reason === "" ? (code > 1000 ? `code ${code}` : "no reason given") : reason);
    this.#answered.reject(lost);
    for (const pending of this.#pendingLists.splice(0)) pending.reject(lost);
    this.#ended.resolve(this.#leaving ? undefined : lost);
  }

  #lost(detail: string): CrossCommError {
    return new CrossCommError("CONNECTION_LOST", `the connection to ${this.#url} has ended: ${detail}`);
  }
}

/** A promise that may be rejected with nobody waiting for it. */
export function handledLater(): PromiseWithResolvers<void> {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
