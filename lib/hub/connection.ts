import { getLogger } from "@logtape/logtape";
import { decodeListRequest, encodeClientList } from "../protocol/client_list.ts";
import { type Envelope, readEnvelope, writeEnvelope } from "../protocol/envelope.ts";
import { makeMessageId, RESERVED_IDS, SERVER_ID } from "../protocol/ids.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { frameLimitIn, loginAccepted, type LoginRefusal, loginRefused } from "../protocol/login.ts";
import { ControlType } from "../protocol/message_types.ts";
import { Complaints } from "./complaints.ts";
import { failuresOf, type Hub } from "./hub.ts";
import { Session, type Transport } from "./session.ts";

const log = getLogger(["crosscomm", "hub"]);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The longest client id, in characters. */
const MAX_ID_LENGTH = 256;
/** Room for the rest of an envelope around a client list, in bytes. */
const ENVELOPE_ROOM = 4096;

/** One connection to the hub: nobody until its login, then one client. Whatever comes in, it never throws. */
export class Connection {
  readonly #hub: Hub;
  readonly #transport: Transport;
  readonly #onEnd: () => void;
  readonly #complaints = new Complaints((complaint) => {
    log.warn("{peer}: {complaint}", { peer: this.#session?.client.id ?? this.#transport.address, complaint });
  });
  #session: Session | undefined;
  #isOver = false;

  constructor(hub: Hub, transport: Transport, onEnd: () => void) {
    this.#hub = hub;
    this.#transport = transport;
    this.#onEnd = onEnd;
  }

  /** Whether it has logged in. */
  get isIn(): boolean {
    return this.#session !== undefined;
  }

  /** Takes the bytes of a frame. Binary or text is the same to Python's hub, and so it is here. */
  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#handle(readEnvelope(new Item(utf8.decode(bytes), bytes)));
    } catch (error) {
      this.complain(error);
    }
  }

  /** Takes note of something wrong with what the other end sends. */
  complain(error: unknown): void {
    this.#complaints.add(error instanceof Error ? error.message : String(error));
  }

  /** The transport has closed. Calling it twice does no harm. */
  closed(): void {
    this.#isOver = true;
    this.#onEnd();
    this.#complaints.flush();
    this.#leave("has disconnected");
  }

  /** Closes the transport from this side. */
  end(code: number, reason: string): void {
    this.#transport.close(code, reason);
    this.closed();
  }

  #handle(envelope: Envelope): void {
    const { msgType, fromClientId } = envelope;
    if (msgType === ControlType.LOGIN) return this.#login(envelope);
    const session = this.#session;
    if (session === undefined) return this.#reject(envelope, "it has not logged in");
    const { id } = session.client;
    if (this.#hub.roster.session(id) !== session) return this.#reject(envelope, "its login has ended");
    if (fromClientId !== id) return this.#reject(envelope, `it says that it is from ${JSON.stringify(fromClientId)}`);
    if (this.#hub.roster.heard(session)) log.info("{clientId} is back online", { clientId: id });

    switch (msgType) {
      case ControlType.HEARTBEAT:
        return;
      case ControlType.LOGOUT:
        return this.#leave("has logged out");
      case ControlType.LIST_CLIENTS:
        return this.#answerList(envelope, session);
      case ControlType.LOGIN_RESPONSE:
      case ControlType.LIST_CLIENTS_RESPONSE:
        return this.#reject(envelope, "only the hub sends these");
      default:
        return this.#route(envelope, session);
    }
  }

  #route(envelope: Envelope, session: Session): void {
    const delivery = this.#hub.route(envelope, session);
    if (delivery.failures.length === 0) return;
    this.#complaints.add(`a ${envelope.msgType} message to ${envelope.toClientId} ${failuresOf(delivery)}`);
  }

  #login(envelope: Envelope): void {
    const { fromClientId: id } = envelope;
    if (id.trim() === "" || id.length > MAX_ID_LENGTH || !id.isWellFormed() || /\p{Cc}/u.test(id)) {
      return this.#refuse(
        id,
        "invalid_id",
        `an id has 1 to ${MAX_ID_LENGTH} characters, none of them a control character`,
      );
    }
    if (RESERVED_IDS.has(id)) return this.#refuse(id, "reserved_id", `the id ${id} has a meaning of its own`);
    const own = this.#session?.client.id;
    if (own !== undefined && own !== id) {
      return this.#refuse(id, "second_id", `this connection is logged in as ${own}; log out first`);
    }

    const { roster, settings } = this.#hub;
    const earlier = roster.session(id);
    const ownLimit = frameLimitIn(envelope.parseContent());
    const frameLimit = ownLimit ?? DEPLOYED_FRAME_LIMIT;
    const { bufferLimit } = settings;
    this.#session = new Session(
      roster.client(id),
      this.#transport,
      { frameLimit, bufferLimit },
      (code, reason) => this.end(code, reason),
    );
    roster.enter(this.#session);
    if (earlier !== undefined && earlier.transport !== this.#transport) {
      log.warn("{clientId} has logged in again from {address}: its connection from {earlier} is closed", {
        clientId: id,
        address: this.#transport.address,
        earlier: earlier.transport.address,
      });
      earlier.end(4101, "replaced by another login under the same id");
    } else {
      log.info("{clientId} has logged in from {address}", { clientId: id, address: this.#transport.address });
    }
    // A deployed SDK has no use for an access key, and may print the answer.
    this.#answerLogin(id, loginAccepted(ownLimit === undefined ? undefined : settings.grantStorage?.(id)));
  }

  #refuse(id: string, code: LoginRefusal, reason: string): void {
    this.#complaints.add(`refused a login: ${reason}`);
    this.#answerLogin(id.slice(0, MAX_ID_LENGTH), loginRefused(code, reason));
  }

  #answerLogin(toClientId: string, contentJson: string): void {
    const msgId = makeMessageId(SERVER_ID);
    const msgType = ControlType.LOGIN_RESPONSE;
    this.#answer(new Item(writeEnvelope({ msgId, fromClientId: SERVER_ID, toClientId, msgType, contentJson })));
  }

  #answerList(request: Envelope, session: Session): void {
    const list = this.#hub.clientList(decodeListRequest(request.parseContent()));
    this.#answer(
      new Item(writeEnvelope({
        msgId: crypto.randomUUID(),
        fromClientId: SERVER_ID,
        toClientId: session.client.id,
        msgType: ControlType.LIST_CLIENTS_RESPONSE,
        contentJson: encodeClientList(list, session.frameLimit - ENVELOPE_ROOM),
      })),
    );
  }

  #leave(how: string): void {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined && this.#hub.roster.leave(session)) {
      log.info("{clientId} {how}", { clientId: session.client.id, how });
    }
  }

  #reject(envelope: Envelope, why: string): void {
    this.#complaints.add(`rejected a ${envelope.msgType} frame: ${why}`);
  }

  /** Sends an answer of the hub's. One who asks and asks without reading the answers is cut off. */
  #answer(item: Item): void {
    const { bufferedAmount } = this.#transport;
    if (bufferedAmount > 0 && bufferedAmount + item.text.length > this.#hub.settings.bufferLimit) {
      this.end(4001, "the answers sent before have not been read");
    } else {
      this.#transport.send(item);
    }
  }
}
