import { getLogger } from "@logtape/logtape";
import type { Access } from "../access/access.ts";
import { GuessLimit } from "../access/guess_limit.ts";
import { WaitingClock } from "../clock/waiting_clock.ts";
import type { Listeners } from "../listeners/listeners.ts";
import { type Envelope, readHead } from "../protocol/envelope.ts";
import { ALL_CLIENTS, SERVER_ID } from "../protocol/ids.ts";
import type { Item } from "../protocol/item.ts";
import type { StorageGrant } from "../protocol/login.ts";
import type { LossCode } from "../protocol/lost_message.ts";
import { ClientLists } from "./client_lists.ts";
import { ClientsFile } from "./clients_file.ts";
import { Connection, type Peer } from "./connection.ts";
import { Holdings } from "./holdings.ts";
import { LazyAcks } from "./lazy_acks.ts";
import { type LetterHead, Mailbox, type MailboxSettings } from "./mailbox.ts";
import { noticeOfLoss, noticeSender } from "./notice_of_loss.ts";
import { type Direct, missedBy, type Outcome, Parcel, type Sender } from "./parcel.ts";
import { PeerLogs } from "./peer_log.ts";
import { ResumableSession } from "./resumable_session.ts";
import { ResumeWindow } from "./resume_window.ts";
import { Roster } from "./roster.ts";
import type { Carrier, Session } from "./session.ts";
import type { Transport } from "./transport.ts";

const log = getLogger(["crosscomm", "hub"]);

/** How often it is looked whether clients have what is on its way to them when the hub stops, in milliseconds. */
const DRAIN_POLL_MS = 10;
/** How often letters that are past their time are looked for, and lines that the log lacks are told of, in milliseconds. */
const EXPIRY_MS = 60_000;

/** What a hub is set to. Times are in seconds. */
export interface HubSettings {
  /** How often clients promise to be heard of. */
  heartbeatInterval: number;
  /** After how long a silence a client counts as offline. */
  heartbeatTimeout: number;
  /** The path of the clients file. */
  clientsFile: string;
  /** How much may be on its way to a client, in characters. */
  bufferLimit: number;
  /** How much may be on its way to all clients together, in characters. */
  totalBufferLimit: number;
  /** How long a session waits for its client to come back. */
  resumeWindow: number;
  /** How long clients may take to read what is on its way to them when the hub stops. */
  drainTime: number;
  /** Where messages for clients that are offline wait. */
  mailbox: MailboxSettings;
  /** Lends a client an access key to the hub's store for as long as its login is valid; `undefined` where there is none. */
  grantStorage?: (clientId: string, subject: string | undefined) => StorageGrant | undefined;
  /** Who may log in; everybody, where it is left out. */
  access?: Access;
}

/** The middle of the star: knows who is connected, and passes on what each sends to those it is for. */
export class Hub {
  readonly listeners: Listeners;
  readonly roster: Roster = new Roster(() => this.#clientsFile.changed());
  readonly clientLists: ClientLists = new ClientLists(this.roster);
  readonly lazyAcks: LazyAcks = new LazyAcks();
  readonly guesses: GuessLimit = new GuessLimit();
  readonly peerLogs: PeerLogs = new PeerLogs();
  readonly holdings: Holdings;
  readonly settings: HubSettings;
  readonly #clientsFile: ClientsFile;
  readonly #waitingClock: WaitingClock;
  readonly #connections = new Set<Connection>();
  /** Where letters that are lost are told of, whoever sent them. */
  readonly #lossLog = this.peerLogs.of("senders of lost messages");
  readonly #noticeSender = noticeSender(this.#lossLog);
  readonly #resumeWindow: ResumeWindow;
  #mailbox: Mailbox | undefined;
  #isStopping = false;
  #stopped: Promise<void> | undefined;
  #sweep: ReturnType<typeof setInterval> | undefined;
  #expiry: ReturnType<typeof setInterval> | undefined;

  /** `listeners` are the hub's own. */
  constructor(settings: HubSettings, listeners: Listeners) {
    this.settings = settings;
    this.#waitingClock = new WaitingClock(settings.mailbox.lifetime * 1000);
    this.holdings = new Holdings(settings.totalBufferLimit, () => this.#relieve());
    this.listeners = listeners;
    this.#clientsFile = new ClientsFile(settings.clientsFile, this.roster);
    this.#resumeWindow = new ResumeWindow(settings.resumeWindow, (session) => {
      session.carrier.log.info("{clientId} has left: it has not come back", { clientId: session.client.id });
      this.leave(session);
    });
  }

  /** Where messages wait for clients that are offline, once the hub has started. */
  get mailbox(): Mailbox {
    return this.#mailbox!;
  }

  /** Whether nothing new is taken any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Remembers what the clients file holds, opens the mailbox, and begins to watch for silence. */
  async start(): Promise<void> {
    this.roster.remember(await this.#clientsFile.load());
    const mailbox = await Mailbox.open(this.settings.mailbox, (clientId) => this.roster.addressOf(clientId));
    if (this.#isStopping) return await mailbox.close();
    this.#mailbox = mailbox;
    const { heartbeatInterval, heartbeatTimeout } = this.settings;
    // A quarter of the shorter one: silence is noticed soon after its time, and looking costs next to nothing.
    this.#sweep = setInterval(() => this.#markSilent(), Math.min(heartbeatInterval, heartbeatTimeout) * 250);
    this.#expiry = setInterval(() => {
      this.expireLetters();
      this.peerLogs.tell();
    }, EXPIRY_MS);
  }

  /**
   * Takes nothing new, gives clients a moment to read what is on its way to them, puts the rest into the mailbox, ends
   * every connection and writes the clients file. Calling it twice does no harm.
   */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    const callers = this.listeners.callers();
    this.listeners.close();
    clearInterval(this.#sweep);
    clearInterval(this.#expiry);
    const deadline = performance.now() + this.settings.drainTime * 1000;
    while (!this.#isDrained() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    await Promise.all([...this.roster.sessions()].flatMap((session) => this.#storeRest(session)));
    this.roster.endWatches(); // all go now, and nobody is left to be told
    for (const connection of this.#connections) this.#turnAway(connection);
    for (const session of [...this.roster.sessions()]) this.leave(session);
    this.lazyAcks.stop();
    this.#resumeWindow.stop();
    await this.#clientsFile.flush();
    this.listeners.endStreams();
    await this.listeners.idle(callers);
    await this.#mailbox?.close();
    this.peerLogs.tell();
  }

  /** Takes a connection; what it receives goes to the result. */
  connect(transport: Transport, peer: Peer = {}): Connection {
    const connection = new Connection(this, transport, peer, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    if (this.#isStopping) this.#turnAway(connection);
    return connection;
  }

  #turnAway(connection: Connection): void {
    connection.end(4000, "the hub is stopping");
  }

  /** Ends the sessions of clients that would no longer be let in. */
  checkAccess(): void {
    const { access } = this.settings;
    for (const session of [...this.roster.sessions()]) {
      const { id } = session.client;
      if (access === undefined || access.isStillValid(session.subject, id)) continue;
      log.warn("{clientId} is disconnected: its token is not valid any more", { clientId: id });
      session.carrier.end(4100, "the token is not valid any more");
      this.leave(session); // where it had no connection
    }
  }

  /** Puts a client on a session. */
  enter(session: Session): void {
    this.roster.enter(session);
    session.begin();
  }

  /** Puts a client back on the session that it was on, with another connection. */
  resume(session: ResumableSession, received: number, carrier: Carrier): void {
    this.#resumeWindow.remove(session);
    this.roster.heard(session);
    session.resume(received, carrier);
  }

  /** Takes note of a sign of life. */
  heard(session: Session): void {
    if (!this.roster.heard(session)) return;
    session.carrier.log.info("{clientId} is back online", { clientId: session.client.id });
    session.openMailbox();
  }

  /** Keeps a session whose connection has ended for its client to come back. */
  detach(session: ResumableSession): void {
    session.detach();
    this.roster.detach(session);
    session.carrier.log.info("{clientId} has lost its connection", { clientId: session.client.id });
    if (this.#isStopping) this.leave(session);
    else this.#resumeWindow.add(session);
  }

  /** Ends a session: what has not got to its client goes into its mailbox. False where it had ended before. */
  leave(session: Session): boolean {
    this.#resumeWindow.remove(session as ResumableSession);
    const left = this.roster.leave(session);
    this.#storeRest(session);
    return left;
  }

  /**
   * Passes a message on to those it is for, its sender excepted, who is told under `number` what became of it.
   *
   * @throws {CrossCommError} `INVALID_FRAME`, and the sender is told nothing, where it is for this hub's listeners alone
   * and they cannot be given its content.
   */
  route(envelope: Envelope, sender: Sender, number: number, from?: Session): void {
    const { toClientId } = envelope;
    if (toClientId === ALL_CLIENTS) {
      this.#deliverToAll(envelope, sender, number, from);
      try {
        this.listeners.dispatch(envelope);
      } catch (error) {
        from?.carrier.complain((error as Error).message);
      }
    } else if (toClientId === SERVER_ID) {
      this.listeners.dispatch(envelope);
      sender.settle(number, "delivered", envelope.item);
    } else {
      this.#deliver(envelope.item, { sender, number }, toClientId);
    }
  }

  /** Sends a message of the hub's own; resolves to what became of it, or of one to all to how many it is on its way. */
  send(envelope: Envelope): Promise<Outcome | number> {
    const { promise, resolve } = Promise.withResolvers<Outcome | number>();
    const sender: Sender = {
      settle: (_, outcome) => resolve(outcome),
      reached: (_, clients, missed) => {
        if (missed.length > 0) log.warn("{complaint}", { complaint: missedBy(envelope.item, missed) });
        resolve(clients);
      },
    };
    this.route(envelope, sender, 0);
    return promise;
  }

  /**
   * Tells the sender of a letter, now or when it comes back, that the letter is lost; to be called before the letter is
   * removed, so that a hub that is killed in between tells it twice rather than never. Who speaks version 1 would not
   * understand it, and what the hub itself sent has its line in the log.
   */
  tellOfLoss(letter: LetterHead, code: LossCode): void {
    const { fromClientId } = letter;
    if (fromClientId === SERVER_ID || this.roster.session(fromClientId)?.hearsOfLosses === false) return;
    this.#deliver(noticeOfLoss(letter, code), { sender: this.#noticeSender, number: 0 }, fromClientId);
  }

  /** Whether a message for this client would be kept for it, if it is not delivered. */
  isKnown(clientId: string): boolean {
    return this.roster.isKnown(clientId) || this.mailbox.has(clientId);
  }

  /** The ids of the clients that are online. */
  onlineClients(): string[] {
    return Array.from(this.roster.online(), ({ id }) => id);
  }

  #deliverToAll(envelope: Envelope, sender: Sender, number: number, from: Session | undefined): void {
    const parcel = new Parcel(envelope.item);
    let reached = 0;
    const missed: string[] = [];
    for (const session of this.roster.sessions()) {
      if (session === from || !session.isReachable) continue;
      const why = session.deliver(parcel);
      if (why === undefined) {
        reached++;
        continue;
      }
      missed.push(`${session.client.id} (${why.replaceAll("_", " ")})`);
      if (why === "too_slow") this.#giveUp(session);
    }
    sender.reached(number, reached, missed, envelope.item);
  }

  #deliver(item: Item, direct: Direct, clientId: string): void {
    const { sender, number } = direct;
    const parcel = new Parcel(item, direct);
    const session = this.roster.session(clientId);
    if (!session?.isReachable || session.hasBacklog) {
      if (this.isKnown(clientId)) void this.#store(parcel);
      else sender.settle(number, "unknown_client", item);
      return;
    }
    const why = session.deliver(parcel);
    if (why === "too_large") return sender.settle(number, why, item);
    if (why === "too_slow") {
      this.#giveUp(session);
      void this.#store(parcel);
    }
  }

  /** Puts a message into its addressee's mailbox. Where it was on its way before, it may have arrived, stored or not. */
  async #store({ item, direct }: Parcel, wasOnItsWay = false): Promise<void> {
    const { sender, number } = direct!;
    const { toClientId, fromClientId, msgId } = readHead(item);
    const outcome = await this.mailbox.put(toClientId, { fromClientId, msgId, text: item.text });
    sender.settle(number, wasOnItsWay && outcome !== "stored" ? "unconfirmed" : outcome, item);
    this.roster.session(toClientId)?.goOnWithMailbox();
  }

  /** Puts into the mailbox what has not got to a session's client. */
  #storeRest(session: Session): Promise<void>[] {
    const { taken, waiting } = session.close();
    return [...taken.map((parcel) => this.#store(parcel, true)), ...waiting.map((parcel) => this.#store(parcel))];
  }

  /** Ends a session whose client does not read. */
  #giveUp(session: Session): void {
    const { carrier, client } = session;
    carrier.log.warn("{clientId} does not read what it is sent: it is disconnected", { clientId: client.id });
    // Its socket may never close, for it is not being read. What counts is that nothing more is put into it.
    carrier.end(4001, "what was sent before has not been read");
    this.leave(session); // where it had no connection
  }

  /** Gives up those to whom most is on its way, until the hub holds no more than its bound. */
  #relieve(): void {
    const heaviestFirst = [...this.roster.sessions()].sort((one, other) => other.load - one.load);
    for (const session of heaviestFirst) {
      if (!this.holdings.isExcessive) return;
      if (session.load > 0) this.#giveUp(session);
    }
  }

  #isDrained(): boolean {
    for (const session of this.roster.sessions()) {
      if (session.online && session.load > 0) return false;
    }
    return true;
  }

  /** Removes what has waited for too long. What its addressee is being sent may get there yet, and stays. */
  expireLetters(now: number = this.#waitingClock.now()): void {
    const mayGo = (letter: LetterHead) => !this.roster.session(letter.clientId)?.hasTaken(letter);
    for (const letter of this.mailbox.overdue(now, mayGo)) {
      const { id, clientId, fromClientId } = letter;
      this.#lossLog.warn("A message from {fromClientId} waited too long for {clientId}: it is removed", {
        fromClientId,
        clientId,
      });
      this.tellOfLoss(letter, "expired");
      this.mailbox.remove(clientId, [id]);
    }
  }

  #markSilent(): void {
    for (const session of this.roster.silence(this.settings.heartbeatTimeout)) {
      session.carrier.log.warn("{clientId} has not been heard of for {heartbeatTimeout} s: it is offline until it is", {
        clientId: session.client.id,
        heartbeatTimeout: this.settings.heartbeatTimeout,
      });
      // A client that can come back had better: its connection seems to lead nowhere.
      if (session instanceof ResumableSession) session.carrier.drop(4002, "not heard of for too long");
    }
  }
}
