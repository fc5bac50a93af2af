import { getLogger } from "@logtape/logtape";
import { type ClientList, decodeClientList, encodeListRequest } from "../protocol/client_list.ts";
import { type Envelope, type EnvelopeFields, readEnvelope, writeEnvelope } from "../protocol/envelope.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { frameLimitOf, loginOffer, refusalIn } from "../protocol/login.ts";
import { ControlType, isCommMsgType, type WireType } from "../protocol/message_types.ts";
import { dial } from "./dial.ts";

const log = getLogger(["crosscomm", "connection"]);
const utf8 = new TextDecoder();

/** How many bytes may wait in the socket before sending waits for it, and how often it is looked at then. */
const HIGH_WATER_BYTES = 1024 * 1024;
const DRAIN_POLL_MS = 5;
/** How long a hub may take to answer our close. */
const CLOSE_TIMEOUT_MS = 2000;

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
  readonly #onMessage: (envelope: Envelope) => void;
  readonly #answered = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  readonly #pendingLists: PendingList[] = [];
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #hubFrameLimit = DEPLOYED_FRAME_LIMIT;
  #leaving = false;

  private constructor(url: string, clientId: string, socket: WebSocket, onMessage: (envelope: Envelope) => void) {
    this.#url = url;
    this.#clientId = clientId;
    this.#socket = socket;
    this.#onMessage = onMessage;
    this.#answered.promise.catch(() => {}); // login may have given up on it
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#close(code, reason);
    socket.onerror = () => {}; // a close follows
  }

  /**
   * Connects, logs in, and keeps the hub hearing of us every `heartbeatInterval` seconds.
   *
   * @throws {CrossCommError} as {@linkcode dial}, and `LOGIN_REFUSED`, `WRONG_PROTOCOL`, `CONNECTION_LOST`.
   */
  static async login(
    url: string,
    clientId: string,
    heartbeatInterval: number,
    signal: AbortSignal,
    onMessage: (envelope: Envelope) => void,
  ): Promise<Connection> {
    const connection = new Connection(url, clientId, await dial(url, signal), onMessage);
    const abort = () => connection.#answered.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      connection.#send(ControlType.LOGIN, loginOffer);
      await connection.#answered.promise;
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    connection.#beatEvery(heartbeatInterval);
    return connection;
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
    if (item.exceeds(this.#hubFrameLimit)) {
      throw new CrossCommError(
        "MESSAGE_TOO_LARGE",
        `this message is larger than the ${this.#hubFrameLimit} bytes that the hub accepts: send it in parts, or as a file`,
      );
    }
    this.#write(item.text);
    while (this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount > HIGH_WATER_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      signal?.throwIfAborted();
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
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#send(ControlType.LOGOUT, "{}");
      this.#socket.close(1000);
    }
    const timer = setTimeout(() => this.#close(1006, ""), CLOSE_TIMEOUT_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #beatEvery(seconds: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const beat = () => this.#send(ControlType.HEARTBEAT, "{}");
    this.#heartbeat = setInterval(beat, seconds * 1000);
    beat();
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
      if (isCommMsgType(envelope.msgType)) this.#onMessage(envelope);
      else this.#control(envelope);
    } catch (error) {
      this.#answered.reject(this.#noHub(error)); // of no effect after the login
      log.warn("{clientId}: {error}", { clientId: this.#clientId, error });
    }
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
        this.#hubFrameLimit = frameLimitOf(content);
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
    clearInterval(this.#heartbeat);
    this.#socket.onmessage = this.#socket.onclose = null;
    const detail = reason === "" ? (code > 1000 ? `code ${code}` : "no reason given") : reason;
    const lost = new CrossCommError("CONNECTION_LOST", `the connection to ${this.#url} has ended: ${detail}`);
    this.#answered.reject(lost);
    for (const pending of this.#pendingLists.splice(0)) pending.reject(lost);
    this.#ended.resolve(this.#leaving ? undefined : lost);
  }
}
