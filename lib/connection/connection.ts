import { type Envelope, readEnvelope, writeEnvelope } from "../protocol/envelope.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import {
  frameLimitIn,
  refusalIn,
  type SessionGrant,
  sessionIn,
  type StorageGrant,
  storageIn,
} from "../protocol/login.ts";
import { loginOffer, type Resume } from "../protocol/login_offer.ts";
import { ControlType, isCommMsgType, type WireType } from "../protocol/message_types.ts";
import { type Address, dial } from "./dial.ts";
import { handledLater } from "./patience.ts";

const utf8 = new TextDecoder();

/** How long a hub may take to answer our close. */
const CLOSE_TIMEOUT_MS = 2000;

/** The close code for a breach of the protocol. */
const BREACH = 4102;
/** From here on, a hundred close codes say not to come back. */
const FINAL_CODES = 4100;

/** What the hub said when it let us in. */
export interface Welcome {
  /** What version 2 goes on with; `undefined` where the hub speaks version 1. */
  session: SessionGrant | undefined;
  /** The largest frame, in bytes, that the hub accepts; `undefined` where it says nothing of it, as Python's. */
  frameLimit: number | undefined;
  storage: StorageGrant | undefined;
}

/** A connection that is logged in. */
export interface Login {
  connection: Connection;
  welcome: Welcome;
}

/** How a connection ended: `undefined` where this side ended it. */
export type ConnectionEnd = CrossCommError | undefined;

/** One socket to a hub, from the login to the end. */
export class Connection {
  readonly #url: string;
  readonly #socket: WebSocket;
  /** Who gets the frames; until there is somebody, they wait in `#early`. */
  #onFrame: ((frame: string) => void) | undefined;
  readonly #early: string[] = [];
  readonly #welcome = handledLater<Welcome>();
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  #closing: CrossCommError | "left" | undefined;
  /** Whether the hub has let us in. */
  #isIn = false;
  #isOver = false;

  private constructor(url: string, socket: WebSocket) {
    this.#url = url;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(typeof data === "string" ? data : utf8.decode(data));
    socket.onclose = ({ code, reason }) => this.#close(code, reason);
    socket.onerror = () => {}; // a close follows
  }

  /**
   * Connects and logs in.
   *
   * @throws {CrossCommError} as {@linkcode dial}, and `LOGIN_REFUSED`, `DISMISSED`, `WRONG_PROTOCOL`, `CONNECTION_LOST`.
   */
  static async login(
    address: Address,
    clientId: string,
    { resume, presence }: { resume: Resume | undefined; presence: boolean },
    signal: AbortSignal,
  ): Promise<Login> {
    const connection = new Connection(address.url, await dial(address, signal));
    const abort = () => connection.#welcome.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      connection.send(
        controlFrame(clientId, ControlType.LOGIN, loginOffer({ resume, token: address.token, presence })),
      );
      const welcome = await connection.#welcome.promise;
      signal.throwIfAborted();
      return { connection, welcome };
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Hands over what arrives, and what has arrived. */
  run(onFrame: (frame: string) => void): void {
    this.#onFrame = onFrame;
    for (const frame of this.#early.splice(0)) onFrame(frame);
  }

  /** Resolves when the connection has ended. */
  get ended(): Promise<ConnectionEnd> {
    return this.#ended.promise;
  }

  /** How many bytes wait in the socket. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends a frame. On a connection that ends it goes nowhere: the other side has not acknowledged it then. */
  send(frame: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** Closes; resolves when the hub has the last of what was sent, or does not answer. */
  async close(): Promise<void> {
    this.#closing ??= "left";
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000);
    const timer = setTimeout(() => this.#close(1006, ""), CLOSE_TIMEOUT_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  /** Has done with a hub that breaks the protocol. */
  breakOff(error: CrossCommError): void {
    this.#closing ??= error;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(BREACH);
    this.#close(BREACH, "");
  }

  /** Takes the connection for lost: nothing is heard of the hub. */
  giveUp(detail: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close();
    this.#close(1006, detail);
  }

  #receive(frame: string): void {
    if (this.#onFrame !== undefined) this.#onFrame(frame);
    else if (this.#isIn) this.#early.push(frame);
    else this.#beforeWelcome(frame);
  }

  #beforeWelcome(frame: string): void {
    try {
      const envelope = readEnvelope(frame);
      if (isCommMsgType(envelope.msgType)) this.#early.push(frame);
      else if (envelope.msgType === ControlType.LOGIN_RESPONSE) this.#answered(envelope);
      else throw noHubFrame(envelope);
    } catch (cause) {
      const why = `${this.#url} is a WebSocket server, but no hub: check the address`;
      this.#welcome.reject(new CrossCommError("WRONG_PROTOCOL", why, { cause }));
    }
  }

  #answered(envelope: Envelope): void {
    const content = envelope.parseContent();
    const refusal = refusalIn(content);
    if (refusal === undefined) {
      this.#isIn = true;
      this.#welcome.resolve({
        session: sessionIn(content),
        frameLimit: frameLimitIn(content),
        storage: grantIn(envelope),
      });
    } else {
      this.#welcome.reject(new CrossCommError("LOGIN_REFUSED", `the hub refuses this login: ${refusal}`));
    }
  }

  #close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.onmessage = this.#socket.onclose = null;
    const end = this.#endOf(code, reason === "" ? (code > 1000 ? `code ${code}` : "no reason given") : reason);
    this.#welcome.reject(end);
    this.#ended.resolve(this.#closing === "left" ? undefined : this.#closing ?? end);
  }

  #endOf(code: number, why: string): CrossCommError {
    if (code < FINAL_CODES || code >= FINAL_CODES + 100) {
      return new CrossCommError("CONNECTION_LOST", `the connection to ${this.#url} has ended: ${why}`);
    }
    return this.#isIn
      ? new CrossCommError("DISMISSED", `the hub has ended the connection for good: ${why}`)
      : new CrossCommError("LOGIN_REFUSED", `the hub refuses this login: ${why}`);
  }
}

/** A control frame of a client. */
export function controlFrame(clientId: string, msgType: WireType, contentJson: string): string {
  const msgId = makeMessageId(clientId);
  return writeEnvelope({ msgId, fromClientId: clientId, toClientId: SERVER_ID, msgType, contentJson });
}

/** A control frame that no hub sends. */
export function noHubFrame({ msgType }: Envelope): CrossCommError {
  return new CrossCommError("WRONG_PROTOCOL", `a hub sends no ${msgType} frames`);
}

/** The key to the store that an answer brings, which ends by our own clock, for the two may differ. */
export function grantIn(answer: Envelope): StorageGrant | undefined {
  const grant = storageIn(answer.parseContent());
  return grant && { ...grant, expires: grant.expires + Date.now() / 1000 - answer.timestamp };
}
