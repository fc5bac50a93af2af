import { Buffer } from "node:buffer";
import { linkedAbort } from "./retry.ts";
import type { StoreClock } from "./store_clock.ts";

/** What ali-oss hands to its HTTP client, as far as we use it. */
interface Request {
  method: string;
  headers: Record<string, string>;
  content?: string | Uint8Array;
  /** A part: one chunk, which ali-oss has wrapped in a stream. */
  stream?: AsyncIterable<Uint8Array>;
  timeout: number;
  /** Whether the answer's body is wanted bit by bit. */
  customResponse?: boolean;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  data: Buffer | null;
  /** The body where it is wanted bit by bit; what ali-oss passes on as `res` otherwise. */
  res: unknown;
}

/** The address that ali-oss is given where the bucket stands in the path; `base` takes its place. */
export const PLACEHOLDER = "http://store";

/** How much of a part is handed over at a time. */
const PIECE_BYTES = 256 * 1024;

/** How much of a body is read at a time, at most. */
const READ_BYTES = 512 * 1024;

/** How long a download may stand still. Noticed after at most twice that. */
const IDLE_MS = 30_000;

/**
 * An HTTP client for ali-oss on `fetch`, instead of its own on Node's: that one cannot be cancelled, takes its time
 * limit for the whole of a download, and sends a Host of its own making to addresses without a name.
 *
 * @param base What stands before the path of each request, or `undefined` to leave the address to ali-oss.
 * @param clock Hears what time it is where the answers come from.
 */
export function fetchTransport(base: string | undefined, clock: StoreClock, signal: AbortSignal | undefined) {
  return {
    async request(url: string, request: Request): Promise<Answer> {
      const abort = linkedAbort(signal);
      const timer = setTimeout(() => abort.fire(new Error(`no answer in ${request.timeout} ms`)), request.timeout);
      let streamed = false;
      try {
        const response = await fetch(base === undefined ? url : base + url.slice(PLACEHOLDER.length), {
          method: request.method,
          // Not compressed: lengths and ranges are those of the object.
          headers: { ...request.headers, "accept-encoding": "identity" },
          body: bodyOf(request),
          redirect: "manual",
          signal: abort.signal,
        });
        const { status } = response;
        clock.hear(response.headers.get("date"));
        const headers = Object.fromEntries(response.headers);
        if (request.customResponse && response.ok && response.body !== null) {
          streamed = true;
          const { body } = response;
          // Where nobody has begun to read, the signal of a fetch alone would leave its connection open.
          abort.signal.addEventListener("abort", () => body.cancel().catch(() => {}));
          return { status, headers, data: null, res: watched(body, Number(headers["content-length"]), abort) };
        }
        const data = Buffer.from(await response.arrayBuffer());
        return { status, headers, data, res: request.customResponse ? undefined : { status, headers, data } };
      } catch (error) {
        throw Object.assign(new Error(String(error), { cause: error }), { status: -1, name: "ConnectionError" });
      } finally {
        clearTimeout(timer);
        if (!streamed) abort[Symbol.dispose]();
      }
    },
  };
}

/** Content as it is, and a part in pieces: `fetch` would first copy it whole. */
function bodyOf({ content, stream }: Request): BodyInit | undefined {
  if (stream !== undefined) return ReadableStream.from(pieces(stream));
  return content as BodyInit | undefined ?? undefined;
}

async function* pieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/**
 * A body that fails when nothing of it comes for a while. Read into one buffer over and over: asked for chunks of its
 * own, `fetch` gives small ones, and takes three times as long.
 */
async function* watched(
  body: ReadableStream<Uint8Array>,
  length: number,
  abort: ReturnType<typeof linkedAbort>,
): AsyncGenerator<Uint8Array> {
  let moved = true;
  const watch = setInterval(() => {
    if (!moved) abort.fire(new Error(`nothing came for ${IDLE_MS} ms`));
    moved = false;
  }, IDLE_MS);
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(length > 0 ? Math.min(length, READ_BYTES) : READ_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      moved = true;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    clearInterval(watch);
    abort[Symbol.dispose]();
    reader.cancel().catch(() => {}); // what was not read is of no interest
  }
}
