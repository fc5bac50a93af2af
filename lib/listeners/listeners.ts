import { getConfig, getLogger } from "@logtape/logtape";
import type { OnProgress, Progress } from "../files/progress.ts";
import type { Envelope } from "../protocol/envelope.ts";
import { type AnyMessage, type MessageOf, messageOf } from "../protocol/message.ts";
import { checkType, type CommMsgType } from "../protocol/message_types.ts";
import { Backlog } from "./backlog.ts";
import { PushStream } from "./push_stream.ts";

const log = getLogger(["crosscomm", "listeners"]);

/** How long, in milliseconds, listeners may take to end their work. */
const IDLE_TIMEOUT_MS = 5_000;

/** Which messages a listener wants. What is left out matches all. */
export interface ListenOptions<T extends CommMsgType = CommMsgType> {
  /** Only messages of this type. */
  msgType?: T;
  /** Only messages from this client, or from the hub (`"server"`). */
  fromClientId?: string;
  /**
   * Where to download what file, image and folder messages bring, to `downloadDirectory/{ossKey}`, before the listener
   * gets them; `content` is then the path there, or `downloadError` says why there is none. By default nothing is
   * downloaded.
   */
  downloadDirectory?: string;
  /** Told how far the download of what a message brings is, before the listener gets that message. */
  onProgress?(progress: Progress, message: MessageOf<T>): void;
  /** Ends the listening. */
  signal?: AbortSignal;
}

/** A function that is called with each message it listens for; its next call waits until the promise settles. */
export type Listener<T extends CommMsgType = CommMsgType> = (message: MessageOf<T>) => unknown;

/** What `messageListener` returns: call it with a function, or put it on a method as a standard decorator. */
export interface ListenerDecorator<T extends CommMsgType> {
  /** Registers the method, bound to each new instance. */
  <This extends object>(
    method: (this: This, message: MessageOf<T>) => unknown,
    context: ClassMethodDecoratorContext<This, (this: This, message: MessageOf<T>) => unknown>,
  ): void;
  /** Registers the function and returns it. */
  <F extends Listener<T>>(listener: F): F;
}

/** Downloads what a message brought, and never rejects. */
type Download = (
  message: AnyMessage,
  directory: string,
  onProgress: OnProgress | undefined,
) => Promise<AnyMessage> | undefined;

/** Who listens for what on one client or hub. */
export class Listeners {
  readonly #ownId: string;
  readonly #download: Download;
  /** Replaced at each change, so that handing out a message is not disturbed by it. */
  #subscriptions: readonly Subscription[] = [];
  readonly #streams = new Map<PushStream<AnyMessage>, Subscription>();
  #isClosed = false;

  /** `download` gives a message with what it brought downloaded; `undefined` where it brought nothing. */
  constructor(ownId: string, download: Download) {
    this.#ownId = ownId;
    this.#download = download;
  }

  /** Hands a message to all who listen for it, in the order in which they began to. */
  dispatch(envelope: Envelope): void {
    if (envelope.fromClientId === this.#ownId) return;
    let message: AnyMessage | undefined;
    for (const subscription of this.#subscriptions) {
      if (subscription.wants(envelope)) subscription.hand(message ??= messageOf(envelope));
    }
  }

  decorator<T extends CommMsgType>(options: ListenOptions<T>): ListenerDecorator<T> {
    if (options.msgType !== undefined) checkType(options.msgType);
    const add = (listener: (message: MessageOf<T>) => unknown) => {
      this.#add(options, listener as (message: AnyMessage) => unknown);
    };
    return function <F extends Listener<T>>(listener: F, context?: ClassMethodDecoratorContext): F | void {
      if (context === undefined) {
        add(listener);
        return listener;
      }
      context.addInitializer(function () {
        add((message) => listener.call(this, message));
      });
    } as ListenerDecorator<T>;
  }

  stream<T extends CommMsgType>(options: ListenOptions<T>): AsyncIterableIterator<MessageOf<T>> {
    if (options.msgType !== undefined) checkType(options.msgType);
    const end = () => stream.end();
    const stream = new PushStream<AnyMessage>(() => {
      options.signal?.removeEventListener("abort", end);
      this.#streams.delete(stream);
      remove();
    });
    const backlog = new Backlog();
    const { subscription, remove } = this.#add({ ...options, signal: undefined }, (message) => {
      stream.push(message);
      backlog.is(stream.waiting);
    });
    this.#streams.set(stream, subscription);
    if (options.signal?.aborted || this.#isClosed) stream.end();
    else options.signal?.addEventListener("abort", end);
    return stream as AsyncIterableIterator<AnyMessage> as AsyncIterableIterator<MessageOf<T>>;
  }

  /** Nothing will come any more: iterators from now on are at their end at once. */
  close(): void {
    this.#isClosed = true;
  }

  /** There may be something to come again. */
  open(): void {
    this.#isClosed = false;
  }

  /** Ends the iterators once they have handed out what arrived, downloads that are under way included. */
  endStreams(): void {
    for (const [stream, subscription] of this.#streams) subscription.idle.then(() => stream.end());
  }

  /** The listeners that are being called right now: whoever is about to wait for {@linkcode idle} may be one. */
  callers(): ReadonlySet<unknown> {
    return new Set(this.#subscriptions.filter((subscription) => subscription.calling));
  }

  /**
   * Resolves when no listener is at work or has messages waiting, or after a while: a listener that waits for this
   * itself would else wait for ever.
   */
  async idle(callers: ReadonlySet<unknown> = this.callers()): Promise<void> {
    const busy = this.#subscriptions.filter((subscription) => !callers.has(subscription));
    const { promise: patienceOver, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, IDLE_TIMEOUT_MS);
    await Promise.race([Promise.all(busy.map((subscription) => subscription.idle)), patienceOver]);
    clearTimeout(timer);
  }

  #add(
    options: ListenOptions,
    listener: (message: AnyMessage) => unknown,
  ): { subscription: Subscription; remove: () => void } {
    const subscription = new Subscription(options, this.#download, listener);
    const remove = () => {
      subscription.end();
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
    if (options.signal?.aborted) return { subscription, remove };
    options.signal?.addEventListener("abort", remove, { once: true });
    this.#subscriptions = [...this.#subscriptions, subscription];
    return { subscription, remove };
  }
}

/** One listener and the messages that wait for it. */
class Subscription {
  /** Settled while the listener is at rest. */
  idle: Promise<void> = Promise.resolve();
  /** Whether the listener is being called right now. */
  calling = false;
  readonly #options: ListenOptions;
  readonly #download: Download;
  readonly #listener: (message: AnyMessage) => unknown;
  readonly #waiting: AnyMessage[] = [];
  /** How many wait, those included that are being caught up with. */
  #behind = 0;
  readonly #backlog = new Backlog();
  #busy = false;
  #ended = false;

  constructor(options: ListenOptions, download: Download, listener: (message: AnyMessage) => unknown) {
    this.#options = options;
    this.#download = download;
    this.#listener = listener;
  }

  wants({ msgType, fromClientId }: Envelope): boolean {
    const options = this.#options;
    return !this.#ended && (options.msgType === undefined || options.msgType === msgType) &&
      (options.fromClientId === undefined || options.fromClientId === fromClientId);
  }

  /** Calls the listener no more, not even with what waits for it. */
  end(): void {
    this.#ended = true;
  }

  hand(message: AnyMessage): void {
    if (this.#busy) {
      this.#waiting.push(message);
      this.#backlog.is(++this.#behind);
      return;
    }
    const pending = this.#take(message);
    if (pending === undefined) return;
    this.#busy = true;
    this.idle = this.#catchUp(pending);
  }

  async #catchUp(pending: Promise<unknown>): Promise<void> {
    await pending;
    while (this.#waiting.length > 0) {
      for (const message of this.#waiting.splice(0)) {
        this.#behind--;
        if (!this.#ended) await this.#take(message);
      }
    }
    this.#busy = false;
  }

  /** Downloads what the listener wants downloaded, and calls it. */
  #take(message: AnyMessage): Promise<unknown> | undefined {
    const { downloadDirectory } = this.#options;
    const downloaded = downloadDirectory === undefined
      ? undefined
      : this.#download(message, downloadDirectory, this.#progressOf(message));
    return downloaded === undefined ? this.#call(message) : downloaded.then((message) => this.#call(message));
  }

  #progressOf(message: AnyMessage): OnProgress | undefined {
    const options = this.#options;
    if (options.onProgress === undefined) return undefined;
    return (progress) => {
      try {
        options.onProgress!(progress, message);
      } catch (error) {
        reportFailure(message, error); // it is no failure of the download, which others may want as well
      }
    };
  }

  /** Calls the listener; a promise only where there is something to wait for. */
  #call(message: AnyMessage): Promise<unknown> | undefined {
    this.calling = true;
    try {
      const result = this.#listener(message);
      if (isThenable(result)) return Promise.resolve(result).catch((error) => reportFailure(message, error));
    } catch (error) {
      reportFailure(message, error);
    } finally {
      this.calling = false;
    }
  }
}

/** Whether there is something to wait for: a promise, or what stands for one, as the queries of many libraries do. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** A listener's failure must be seen: on the console where the program has set up no logging. */
function reportFailure(message: AnyMessage, error: unknown): void {
  const { msgType, fromClientId } = message;
  if (getConfig() === null) {
    try {
      console.error(`crosscomm: a listener failed at a ${msgType} message from ${fromClientId}:`, error);
    } catch {
      // a full disk beneath standard error must not end the program
    }
  } else {
    log.error("A listener failed at a {msgType} message from {fromClientId}: {error}", {
      msgType,
      fromClientId,
      error,
    });
  }
}
