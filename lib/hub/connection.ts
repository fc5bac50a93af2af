import { decodeListRequest } from "../protocol/client_list.ts";
import { type Envelope, readHead, writeEnvelope } from "../protocol/envelope.ts";
import { makeMessageId, RESERVED_IDS, SERVER_ID } from "../protocol/ids.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { type LinesHeader, readHeader } from "../protocol/lines.ts";
import { loginAccepted, type LoginRefusal, loginRefused, type StorageGrant } from "../protocol/login.ts";
import { type LoginOffer, readLoginOffer } from "../protocol/login_offer.ts";
import { ControlType } from "../protocol/message_types.ts";
import { readClientEnvelope } from "./client_envelope.ts";
import { Complaints } from "./complaints.ts";
import type { Hub } from "./hub.ts";
import type { Letter } from "./mailbox.ts";
import { missedBy, type Outcome, type Sender } from "./parcel.ts";
import type { PeerLog } from "./peer_log.ts";
import { PlainSession } from "./plain_session.ts";
import { ResumableSession } from "./resumable_session.ts";
import type { Carrier, Session } from "./session.ts";
import type { Source, Transport } from "./transport.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * How many items that are new a frame may have: everybody waits while they are dealt with, 60 to 80 ms where all of them
 * are to be stored. Our client, with its frames of 256 Ki characters, has no room for 2,000.
 */
const MAX_ITEMS = 4_000;
/** How many items of one frame may be refused: everybody waits while it is read. */
const MAX_REFUSED = 1_000;
/** For how many messages one counts that makes no sense: nobody who means well sends many. */
const REFUSED_COST = 100;
/** The longest client id, in characters. */
const MAX_ID_LENGTH = 256;
/** Room for the rest of an envelope around a client list, in bytes. */
const ENVELOPE_ROOM = 4096;

/** What is known of the other end of a connection before its login. */
export interface Peer {
  /** The token that came with the connection itself. */
  readonly token?: string;
  /** Where it comes from, without a port. */
  readonly address?: string;
}

/** What a connection has to send on which nobody is logged in any more. */
const SILENCE: Source = { take: () => undefined, left() {} };

/** One connection to the hub: nobody until its login, then one client. Whatever comes in, it never throws. */
export class Connection implements Sender, Carrier {
  readonly transport: Transport;
  readonly #hub: Hub;
  readonly #peer: Peer;
  readonly #onEnd: () => void;
  readonly #complaints = new Complaints((complaint) => {
    this.log.warn("{peer}: {complaint}", { peer: this.#session?.client.id ?? this.transport.address, complaint });
  });
  #session: Session | undefined;
  /** Whether items with a number have come, on which others follow. */
  #isNumbered = false;
  #refused = 0;
  /** How many clients it was told of, and how many were told of it. */
  #told = 0;
  #isOver = false;

  constructor(hub: Hub, transport: Transport, peer: Peer, onEnd: () => void) {
    this.#hub = hub;
    this.transport = transport;
    this.#peer = peer;
    this.#onEnd = onEnd;
  }

  get log(): PeerLog {
    return this.#hub.peerLogs.of(this.#peer.address ?? "somewhere");
  }

  /** Whether a client is logged in on it. */
  get isIn(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Takes the bytes of a frame, and tells for how many messages it counts: one, or those in it that had not come before,
   * those that are refused for many, lists for as many as they list, and who comes or goes for as many as are told.
   * Binary or text is the same to Python's hub, and so it is here.
   */
  receive(bytes: Uint8Array): number {
    if (this.#isOver) return 1;
    this.#refused = this.#told = 0;
    const session = this.#session instanceof ResumableSession ? this.#session : undefined;
    const before = session?.received ?? 0;
    try {
      if (session === undefined) this.#receiveFrame(bytes);
      else this.#receiveLines(bytes, session);
    } catch (error) {
      this.#refused++;
      this.complain(error);
      if (session !== undefined) this.end(4102, "this frame breaks the protocol");
    }
    const messages = session === undefined ? 1 : Math.max(session.received - before, 1);
    return messages + this.#refused * REFUSED_COST + this.#told;
  }

  /** Takes note of something wrong with what the other end sends. */
  complain(error: unknown): void {
    this.#complaints.add(error instanceof Error ? error.message : String(error));
  }

  /** The transport has closed. Calling it twice does no harm. */
  closed(): void {
    if (this.#isOver) return;
    this.#over();
    this.#lose();
  }

  end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#over();
    this.transport.close(code, reason);
    this.#leave("was disconnected");
  }

  drop(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#over();
    this.transport.close(code, reason);
    this.#lose();
  }

  /** A version 1 client is told nothing of what became of its messages: the log says what went wrong. */
  settle(_number: number, outcome: Outcome, item: Item): void {
    if (outcome === "delivered" || outcome === "sent" || outcome === "stored") return;
    this.complain(missedBy(item, [`${readHead(item).toClientId} (${outcome.replaceAll("_", " ")})`]));
  }

  reached(_number: number, _clients: number, missed: readonly string[], item: Item): void {
    if (missed.length > 0) this.complain(missedBy(item, missed));
  }

  #over(): void {
    this.#isOver = true;
    this.#onEnd();
    this.#complaints.flush();
  }

  #lose(): void {
    const session = this.#session;
    if (session instanceof ResumableSession && session.carrier === this) this.#hub.detach(session);
    else this.#leave("has disconnected");
  }

  #receiveFrame(bytes: Uint8Array): void {
    const envelope = readClientEnvelope(new Item(utf8.decode(bytes), bytes));
    if (envelope.msgType === ControlType.LOGIN) return this.#login(envelope);
    const session = this.#session;
    if (session === undefined) return this.#reject(envelope, "it has not logged in");
    const { id } = session.client;
    if (this.#hub.roster.session(id) !== session) return this.#reject(envelope, "its login has ended");
    const fault = this.#faultOf(envelope, session);
    if (fault !== undefined) return this.#reject(envelope, fault);
    this.#hub.heard(session);
    this.#handle(envelope, session, this, 0);
  }

  #receiveLines(bytes: Uint8Array, session: ResumableSession): void {
    const text = utf8.decode(bytes);
    const headerEnd = text.indexOf("\n");
    const header = readHeader(headerEnd < 0 ? text : text.slice(0, headerEnd));
    this.#hub.heard(session);
    if (header.ack !== undefined && !session.acknowledge(header.ack)) throw new Error("it has what was never sent");
    if (headerEnd >= 0 && !this.#hub.isStopping) this.#receiveItems(bytes, text, headerEnd + 1, header, session);
    session.acknowledgeBack(header.ping === true);
  }

  #receiveItems(
    bytes: Uint8Array,
    text: string,
    start: number,
    { seq }: LinesHeader,
    session: ResumableSession,
  ): void {
    if (seq === undefined ? !this.#isNumbered : seq > session.received + 1) {
      throw new Error("its items do not follow on what came before");
    }
    this.#isNumbered = true;
    const before = session.received;
    // Where there are as many bytes as characters, a line stands at the same place in both.
    const inBytes = bytes.length === text.length ? bytes : undefined;
    for (let number = seq ?? session.received + 1; start <= text.length; number++) {
      const found = text.indexOf("\n", start);
      const end = found < 0 ? text.length : found;
      if (number > session.received) {
        if (number - before > MAX_ITEMS) throw new Error(`it has more than ${MAX_ITEMS} items in one frame`);
        session.received = number;
        // A copy, for an item may be kept long after the rest of the frame.
        const item = Item.ofLine(text.slice(start, end), inBytes?.slice(start, end));
        this.#receiveItem(item, session, number);
        void item.bytes;
        item.letGoOfText();
        if (this.#refused > MAX_REFUSED) throw new Error(`more than ${MAX_REFUSED} of its items are refused`);
        if (this.#isOver || this.#session !== session) return;
      }
      start = end + 1;
    }
  }

  #receiveItem(item: Item, session: ResumableSession, number: number): void {
    try {
      const envelope = readClientEnvelope(item);
      const fault = this.#faultOf(envelope, session);
      if (fault === undefined) return this.#handle(envelope, session, session, number);
      this.#reject(envelope, fault);
      session.refuse(number, "wrong_sender", fault);
    } catch (error) {
      this.#refused++;
      this.complain(error);
      session.refuse(number, "invalid_frame", error instanceof Error ? error.message : String(error));
    }
  }

  #faultOf({ fromClientId }: Envelope, { client: { id } }: Session): string | undefined {
    return fromClientId === id ? undefined : `it says that it is from ${JSON.stringify(fromClientId)}`;
  }

  #handle(envelope: Envelope, session: Session, sender: Sender, number: number): void {
    switch (envelope.msgType) {
      case ControlType.LOGIN:
        return session.answer(
          this.#loginAnswer(session.client.id, loginAccepted(this.#grant(session.client.id, session.subject))),
        );
      case ControlType.HEARTBEAT:
        return;
      case ControlType.LOGOUT:
        return this.#logOut();
      case ControlType.LIST_CLIENTS:
        return this.#answerList(envelope, session);
      case ControlType.LOGIN_RESPONSE:
      case ControlType.LIST_CLIENTS_RESPONSE:
      case ControlType.RECEIPT:
      case ControlType.ERROR:
      case ControlType.PRESENCE:
        return this.#reject(envelope, "only the hub sends these");
      default:
        this.#hub.route(envelope, sender, number, session);
    }
  }

  #login(envelope: Envelope): void {
    const { fromClientId: id } = envelope;
    if (id.trim() === "" || id.length > MAX_ID_LENGTH || !id.isWellFormed() || /\p{Cc}/u.test(id)) {
      const why = `an id has 1 to ${MAX_ID_LENGTH} characters, none of them a control character`;
      return this.#refuse(id, "invalid_id", why);
    }
    if (RESERVED_IDS.has(id)) return this.#refuse(id, "reserved_id", `the id ${id} has a meaning of its own`);
    const own = this.#session?.client.id;
    if (own !== undefined && own !== id) {
      return this.#refuse(id, "second_id", `this connection is logged in as ${own}; log out first`);
    }
    const offer = readLoginOffer(envelope.parseContent());
    const admission = this.#hub.settings.access?.check(id, offer.token ?? this.#peer.token);
    if (admission !== undefined && "refused" in admission) {
      return this.#turnAway(id, admission.refused);
    }
    const earlier = this.#hub.roster.session(id);
    if (earlier !== undefined && earlier === this.#session) {
      this.#hub.heard(earlier);
      return this.#answerLogin(id, this.#plainAnswer(id, offer, admission?.subject)); // it asks for a new access key
    }
    if (earlier !== undefined && earlier.subject !== admission?.subject) {
      return this.#refuse(id, "id_in_use", `${id} is logged in with another token`);
    }
    this.#enter(id, offer, admission?.subject, earlier);
  }

  #enter(id: string, offer: LoginOffer, subject: string | undefined, earlier: Session | undefined): void {
    const { roster, settings, mailbox, holdings, lazyAcks } = this.#hub;
    const { address } = this.transport;
    const { resume, frameLimit = DEPLOYED_FRAME_LIMIT } = offer;
    if (earlier instanceof ResumableSession && resume && earlier.canResume(resume.session, resume.received)) {
      this.#session = earlier;
      this.#answerLogin(id, loginAccepted(this.#grant(id, subject), earlier.grant(true)));
      if (this.#isOver) return; // the session waits for a connection that is read
      this.#hub.resume(earlier, resume.received, this);
      return this.log.info("{clientId} is back from {address}", { clientId: id, address });
    }
    if (earlier !== undefined) this.#replace(earlier);
    const client = roster.client(id, this.#peer.address);
    const tellOfLoss = (letter: Letter) => this.#hub.tellOfLoss(letter, "too_large");
    const { bufferLimit } = settings;
    const parts = { client, carrier: this, mailbox, holdings, frameLimit, bufferLimit, subject, tellOfLoss };
    if (offer.protocol === 2) {
      const session = new ResumableSession(parts, lazyAcks);
      this.#session = session;
      this.#answerLogin(id, loginAccepted(this.#grant(id, subject), session.grant(false)));
    } else {
      this.#session = new PlainSession(parts);
      this.#answerLogin(id, this.#plainAnswer(id, offer, subject));
    }
    if (this.#isOver) return;
    this.#hub.enter(this.#session);
    this.#told += roster.watcherCount;
    if (offer.presence && this.#session instanceof ResumableSession) this.#told += roster.watch(this.#session);
    this.log.info("{clientId} has logged in from {address}", { clientId: id, address });
  }

  /** Ends what this client was logged in on before. */
  #replace(earlier: Session): void {
    const clientId = earlier.client.id;
    if (earlier instanceof ResumableSession && !earlier.isAttached) return void this.#hub.leave(earlier);
    this.log.warn("{clientId} has logged in again from {address}: its connection from {earlier} is closed", {
      clientId,
      address: this.transport.address,
      earlier: earlier.carrier.transport.address,
    });
    earlier.carrier.end(4101, "replaced by another login under the same id");
  }

  /** A deployed SDK has no use for an access key, and may print the answer. */
  #plainAnswer(id: string, { frameLimit }: LoginOffer, subject: string | undefined): string {
    return loginAccepted(frameLimit === undefined ? undefined : this.#grant(id, subject));
  }

  #grant(id: string, subject: string | undefined): StorageGrant | undefined {
    return this.#hub.settings.grantStorage?.(id, subject);
  }

  #refuse(id: string, code: LoginRefusal, reason: string): void {
    this.#complaints.add(`refused a login: ${reason}`);
    this.#answerLogin(id.slice(0, MAX_ID_LENGTH), loginRefused(code, reason));
  }

  /** Ends the connection of one who may not log in. One who tries and tries is no more news. */
  #turnAway(id: string, reason: string): void {
    const { guesses } = this.#hub;
    const { address = "" } = this.#peer;
    const wasBlocked = guesses.isBlocked(address);
    guesses.failed(address);
    const isBlocked = guesses.isBlocked(address);
    const news = isBlocked ? "; it was one too many: more of them from there are not told of for a minute" : "";
    if (!wasBlocked) this.complain(`refused a login: ${reason}${news}`);
    this.#answerLogin(id, loginRefused("not_authorised", reason));
    if (isBlocked) this.end(4103, "too many failed logins");
    else this.end(4100, "not authorised");
  }

  /** Answers a login with a frame of its own. One who asks and asks without reading the answers is cut off. */
  #answerLogin(toClientId: string, contentJson: string): void {
    const item = this.#loginAnswer(toClientId, contentJson);
    const { bufferedAmount } = this.transport;
    if (bufferedAmount > 0 && bufferedAmount + item.length > this.#hub.settings.bufferLimit) {
      this.end(4001, "the answers sent before have not been read");
    } else {
      this.transport.send(item);
    }
  }

  #loginAnswer(toClientId: string, contentJson: string): Item {
    const msgId = makeMessageId(SERVER_ID);
    const msgType = ControlType.LOGIN_RESPONSE;
    return new Item(writeEnvelope({ msgId, fromClientId: SERVER_ID, toClientId, msgType, contentJson }));
  }

  #answerList(request: Envelope, session: Session): void {
    const onlyShowOnline = decodeListRequest(request.parseContent());
    const { contentJson, count } = this.#hub.clientLists.answer(onlyShowOnline, session.frameLimit - ENVELOPE_ROOM);
    this.#told += count;
    session.answer(
      new Item(writeEnvelope({
        msgId: crypto.randomUUID(),
        fromClientId: SERVER_ID,
        toClientId: session.client.id,
        msgType: ControlType.LIST_CLIENTS_RESPONSE,
        contentJson,
      })),
    );
  }

  /** The session is over, though the connection is not: what it still had to tell would never be acknowledged. */
  #logOut(): void {
    this.#leave("has logged out");
    this.#told += this.#hub.roster.watcherCount;
    this.transport.attach(SILENCE);
  }

  #leave(how: string): void {
    const session = this.#session;
    this.#session = undefined;
    if (session?.carrier !== this) return;
    if (this.#hub.leave(session)) this.log.info("{clientId} {how}", { clientId: session.client.id, how });
  }

  #reject(envelope: Envelope, why: string): void {
    this.#refused++;
    this.#complaints.add(`rejected a ${envelope.msgType} frame: ${why}`);
  }
}
