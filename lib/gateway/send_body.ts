import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Turns } from "./turns.ts";

/** How much of a file is read at a time, in bytes: a read and a write cost little more for much than for little. */
const BUFFER_BYTES = 512 * 1024;
/** What counts as a piece where turns are taken: as much as comes in one read of a socket. */
const PIECE_BYTES = 64 * 1024;

type Chunk = Uint8Array<ArrayBuffer>;

/** Sends the body of an answer, and reads on meanwhile. Returns early where the other end has gone. */
export async function sendBody(body: ReadableStream<Chunk>, outgoing: ServerResponse, turns: Turns): Promise<void> {
  const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
  outgoing.once("close", leave);
  if (outgoing.destroyed) leave();
  const length = Number(outgoing.getHeader("content-length")) || BUFFER_BYTES;
  // Before Deno 2.8 there is no socket below, and what `write` has called back for may not have been sent.
  const pieces = outgoing.socket instanceof Socket ? chunks(body, Math.min(length, BUFFER_BYTES)) : ownChunks(body);
  let sent: Promise<void> | undefined;
  reading: for await (const { chunk, release } of pieces) {
    for (let at = 0; at < chunk.length;) {
      let bytes = chunk.length;
      if (sent !== undefined) { // the first goes at once: most answers have no other
        await Promise.race([sent, gone]);
        bytes = PIECE_BYTES * await turn(turns, Math.ceil((chunk.length - at) / PIECE_BYTES));
      }
      if (outgoing.destroyed) break reading;
      const part = chunk.subarray(at, at += bytes);
      sent = new Promise((resolve) => {
        outgoing.write(part, () => {
          if (at >= chunk.length) release();
          resolve();
        });
      });
    }
  }
  await Promise.race([sent, gone]);
  outgoing.off("close", leave);
}

/** Resolves when so many pieces, or fewer, may be sent. */
function turn(turns: Turns, wanted: number): Promise<number> {
  return new Promise((resolve) => turns.wait(wanted, resolve));
}

/** A piece of a body, and how to say that its memory is free again. */
interface Piece {
  chunk: Chunk;
  release(): void;
}

/** The pieces of a body. Those of a file share two buffers, where new ones would have to be cleared and collected. */
async function* chunks(body: ReadableStream<Chunk>, bufferBytes: number): AsyncGenerator<Piece, void> {
  const reader = byteReader(body);
  if (reader === undefined) return yield* ownChunks(body);
  const free = [new ArrayBuffer(bufferBytes), new ArrayBuffer(bufferBytes)];
  let ended = false;
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(free.pop()!));
      ended = done;
      if (done) return;
      yield { chunk: value, release: () => void free.push(value.buffer) };
    }
  } finally {
    if (!ended) await reader.cancel();
  }
}

/** The pieces of a body, each with memory of its own. */
async function* ownChunks(body: ReadableStream<Chunk>): AsyncGenerator<Piece, void> {
  for await (const chunk of body) yield { chunk, release() {} };
}

/** Undefined where the stream cannot fill a buffer that it is given. */
function byteReader(body: ReadableStream<Chunk>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
