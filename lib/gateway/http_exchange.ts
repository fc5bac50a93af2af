import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Turns } from "./turns.ts";
import { sendBody } from "./send_body.ts";

/**
 * A request as the platform has it, but for its address, which stands as it was sent: `Request` would normalise it, and
 * a signature over `a/../b` would no longer fit.
 */
export interface HttpRequest extends Pick<Request, "method" | "url" | "headers" | "body"> {
  /** Resolves when whoever answers may go on with a piece of long work: between two, what else has arrived is heard. */
  turn(): Promise<void>;
}

/** Answers a request. Never rejects. */
export type HttpHandler = (request: HttpRequest) => Promise<Response>;

/** How long, in ms, the sender of a body that was refused may go on with it: ended at once, it might miss the answer. */
const LINGER_MS = 5_000;

/** How much of a body comes at a time, at most. */
const PIECE_BYTES = 64 * 1024;

/** How many requests may have come over a connection that are not answered. */
const MAX_UNANSWERED = 100;

/** The requests of a connection, which are answered one after the other. */
const queues = new WeakMap<Socket, { length: number; end: Promise<void> }>();

/** Hands a request to a handler, and its answer to the other end. Never rejects: one bad request must not end the hub. */
export async function exchange(
  handler: HttpHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  turns: Turns,
): Promise<void> {
  if (!await isNext(incoming, outgoing)) return;
  let response: Response | undefined;
  try {
    response = await handler(readRequest(incoming, turns));
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    outgoing.writeHead(response.status);
    const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>> | null; // Deno 2.4's types do not say so
    if (body !== null) await sendBody(body, outgoing, turns);
    if (outgoing.destroyed) return;
    outgoing.end();
    dropRest(incoming);
  } catch {
    outgoing.destroy(); // in the middle of an answer nothing else says that the rest is missing
    response?.body?.cancel().catch(() => {}); // where its headers could not be sent
  }
}

/**
 * Waits for a request's turn: a thousand that are sent at once would have a thousand files open, and what one asks for
 * may come of the one before. False where its connection has ended; who sends too many at once has it ended.
 */
async function isNext({ socket }: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
  const queue = queues.get(socket) ?? { length: 0, end: Promise.resolve() };
  queues.set(socket, queue);
  if (++queue.length > MAX_UNANSWERED) socket.destroy();
  const before = queue.end;
  queue.end = new Promise((resolve) => {
    outgoing.once("close", () => {
      queue.length--;
      resolve();
    });
  });
  await before;
  return !socket.destroyed;
}

function readRequest(incoming: IncomingMessage, turns: Turns): HttpRequest {
  const headers = new Headers();
  const { rawHeaders } = incoming; // a name, its value, a name …
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  return {
    method,
    url: `http://${incoming.headers.host ?? ""}${incoming.url ?? "/"}`,
    headers,
    body: hasBody ? bodyOf(incoming, turns) : null,
    turn: () => new Promise((resolve) => turns.wait(1, () => resolve())),
  };
}

/** The body as a stream. `Readable.toWeb` would take as much time again as it takes to receive it. */
function bodyOf(incoming: IncomingMessage, turns: Turns): ReadableStream<Uint8Array<ArrayBuffer>> {
  let take: (chunk: Uint8Array<ArrayBuffer>) => void;
  let end: () => void;
  let isPaused = true;
  /** How many pieces may come before it is another's turn, and how many are to come. */
  let granted = 0;
  let expected = Math.ceil(Number(incoming.headers["content-length"]) / PIECE_BYTES) || Infinity;
  const goOn = (pieces: number) => {
    granted = pieces;
    incoming.resume();
  };
  return new ReadableStream({
    start(controller) {
      take = (chunk) => {
        granted--;
        expected--;
        controller.enqueue(chunk);
        if (granted > 0) return; // to pause and to resume takes as long as to receive a piece
        isPaused = true;
        incoming.pause();
      };
      end = () => controller.close();
      incoming.on("data", take).on("end", end).on("error", (error: Error) => controller.error(error)).pause();
    },
    pull() {
      if (!isPaused) return; // the next piece may come any time
      isPaused = false;
      turns.wait(Math.max(1, expected), goOn);
    },
    // The connection stays, for the answer to go: what else comes of the body is dropped when that is done.
    cancel: () => void incoming.off("data", take).off("end", end),
  }, { highWaterMark: 0 }); // nothing comes before somebody reads
}

/** Drops what still comes of a body that was not wanted: the next request on the connection stands behind it. */
export function dropRest(incoming: IncomingMessage): void {
  const { socket } = incoming;
  if (incoming.complete || socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  const end = () => {
    clearTimeout(timer);
    socket.off("close", end);
  };
  socket.once("close", end);
  incoming.removeAllListeners("data").once("end", end).resume();
}
