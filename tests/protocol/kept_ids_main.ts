/** Keeps of 100 frames of 1 MiB who sent them, and prints how much memory that takes, in bytes. */
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import { messageOf } from "../../lib/protocol/message.ts";
import { frame } from "../support/frame.ts";

const { gc } = globalThis as unknown as { gc(): void };
const content = "x".repeat(1024 * 1024);
const kept: string[] = [];

function take(number: number): void {
  const text = frame({ from_client_id: `a client with a long id, ${number}`, content });
  const { msgId, fromClientId } = messageOf(readEnvelope(text));
  kept.push(msgId, fromClientId);
}

for (let number = 0; number < 100; number++) take(number);
gc();
console.log(Deno.memoryUsage().heapUsed);
