import { Buffer } from "node:buffer";
import { proxyHint } from "../connection/proxy_hint.ts";
import { PartBody } from "./part_body.ts";
import { watch } from "./patience.ts";
import { linkedAbort } from "./retry.ts";
import type { StoreClock } from "./store_clock.ts";

/** What ali-oss hands to its HTTP client, as far as we use it. */
interface Request {
  method: string;
  headers: Record<string, string>;
  content?: string | Uint8Array;
  /** A part: one chunk, which ali-oss has wrapped in a stream. */
  stream?: AsyncIterable<Uint8Array<ArrayBuffer>>;
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

/** How much of an answer is read at a time, at most: Deno's `fetch` gives up to 408 KiB of what has arrived. */
const READ_BYTES = 512 * 1024;

/**
 * An HTTP client for ali-oss on `fetch`, instead of its own on Node's: that one cannot be cancelled, takes its time
 * limit for the whole of a download, and sends a Host of its own making to addresses without a name.
 *
 * @param base What stands before the path of each request, or `undefined` to leave the address to ali-oss.
 * @param clock Hears what time it is where the answers come from.
 * @param silenceMs How long a body may stand still.
 */
export function fetchTransport(
  base: string | undefined,
  clock: StoreClock,
  signal: AbortSignal | undefined,
  silenceMs: number,
) {
  return {
    async request(url: string, request: Request): Promise<Answer> {
      const abort = linkedAbort(signal);
      const address = base === undefined ? url : base + url.slice(PLACEHOLDER.length);
      const timer = setTimeout(() => abort.fire(new Error(`no answer in ${request.timeout} ms`)), request.timeout);
      let streamed = false;
      using sending = request.stream && watch(abort, silenceMs);
      try {
        const body = await bodyOf(request, sending);
        const response = await fetch(address, {
          method: request.method,
          // Not compressed: lengths and ranges are those of the object.
          headers: { ...request.headers, "accept-encoding": "identity" },
          body,
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
          return { status, headers, data: null, res: watched(body, lengthOf(response), abort, silenceMs) };
        }
        const data = Buffer.from(await response.arrayBuffer());
        return { status, headers, data, res: request.customResponse ? undefined : { status, headers, data } };
      } catch (error) {
        const message = `${beneath(error)}${proxyHint(new URL(address))}`;
        throw Object.assign(new Error(message, { cause: error }), { status: -1, name: "ConnectionError" });
      } finally {
        clearTimeout(timer);
        if (!streamed) abort[Symbol.dispose]();
      }
    },
  };
}

/** Why a request failed: of `fetch` itself newer versions of Deno tell no more than that it did. */
function beneath(error: unknown): string {
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : String(error);
}

/** Content as it is, and a part in pieces: `fetch` would first copy it whole. */
async function bodyOf({ content, stream }: Request, sending: ReturnType<typeof watch> | undefined) {
  if (stream === undefined) return content as BodyInit | undefined;
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new PartBody(chunks, sending!);
}

/** How many bytes an answer has, or may have. */
function lengthOf({ headers }: Response): number {
  return Number(headers.get("content-length")) || READ_BYTES;
}

/** A body, read into two buffers in turn, that fails when nothing of it comes for a while. */
async function* watched(
  body: ReadableStream<Uint8Array>,
  length: number,
  abort: ReturnType<typeof linkedAbort>,
  silenceMs: number,
) {
  using receiving = watch(abort, silenceMs);
  const reader = body.getReader({ mode: "byob" });
  const size = Math.min(READ_BYTES, length);
  let [buffer, other] = [new ArrayBuffer(size), new ArrayBuffer(size)];
  // Deno's `fetch` can have forgotten its signal by then.
  const giveUp = () => reader.cancel().catch(() => {});
  abort.signal.addEventListener("abort", giveUp);
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      abort.signal.throwIfAborted();
      if (done) return;
      receiving.moved();
      yield value;
      [buffer, other] = [other, value.buffer];
    }
  } finally {
    abort.signal.removeEventListener("abort", giveUp);
    abort[Symbol.dispose]();
    await giveUp();
  }
}
