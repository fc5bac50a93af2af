import { assertEquals, assertRejects } from "@std/assert";
import { FlushQueue } from "../../lib/object_store/flush_queue.ts";

const MIB = 1024 * 1024;

/** A file whose flush is under way until it is told to end. */
class SlowFile {
  readonly #flush = Promise.withResolvers<void>();
  isFlushing = false;
  end = this.#flush.resolve;
  fail = this.#flush.reject;

  syncData(): Promise<void> {
    this.isFlushing = true;
    return this.#flush.promise;
  }
}

function begin(queue: FlushQueue, bytes: number): { file: SlowFile; flushed: Promise<void> } {
  const file = new SlowFile();
  return { file, flushed: queue.flush(file as unknown as Deno.FsFile, bytes) };
}

Deno.test("parts are flushed one after the other, also where the disk refuses one", async () => {
  const queue = new FlushQueue();
  const first = begin(queue, 16 * MIB);
  const second = begin(queue, 16 * MIB);
  await Promise.resolve();
  assertEquals([first.file.isFlushing, second.file.isFlushing], [true, false]);

  first.file.fail(new Error("the disk is broken"));
  await assertRejects(() => first.flushed, Error, "the disk is broken");
  second.file.end();
  await second.flushed;
});

Deno.test("neither what is small nor what is very large takes part in the queue", async () => {
  const queue = new FlushQueue();
  const part = begin(queue, 16 * MIB);
  const small = begin(queue, 4_096);
  const huge = begin(queue, 1024 * MIB);
  small.file.end();
  huge.file.end();
  await Promise.all([small.flushed, huge.flushed]);
  part.file.end();
  await part.flushed;
});
