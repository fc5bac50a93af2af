import { assertEquals } from "@std/assert";
import { combineCrc64, Crc64 } from "../../lib/protocol/crc64.ts";

function crcOf(bytes: Uint8Array = new Uint8Array()): bigint {
  const crc = new Crc64();
  crc.update(bytes);
  return crc.value;
}

/** Its definition: bit by bit. */
function slowCrcOf(bytes: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return crc ^ 0xffffffffffffffffn;
}

const random = crypto.getRandomValues(new Uint8Array(65_536));

Deno.test("the checksum is that of OSS", () => {
  assertEquals(crcOf(new TextEncoder().encode("123456789")), 0x995dc9bbdf1939fan);
  assertEquals(crcOf(), 0n);
  for (const length of [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 255, 1000, 3631, 3632, 3633, 3647, 9001]) {
    for (const offset of [0, 1, 2, 3, 5, 8]) { // wherever the bytes lie in memory
      const bytes = random.subarray(offset, offset + length);
      assertEquals(crcOf(bytes), slowCrcOf(bytes), `${length} bytes from ${offset} on`);
    }
  }
});

Deno.test("it does not matter in what pieces the bytes come", () => {
  const bytes = new Uint8Array(300_000);
  for (let at = 0; at < bytes.length; at += random.length) bytes.set(random.subarray(0, bytes.length - at), at);
  const whole = crcOf(bytes);
  for (const size of [1, 3, 16, 4_097, 98_304, 98_305, 200_000]) {
    const crc = new Crc64();
    for (let at = 0; at < bytes.length; at += size) crc.update(bytes.subarray(at, at + size));
    assertEquals(crc.value, whole, `pieces of ${size} bytes`);
  }
});

Deno.test("two checksums are counted side by side, and asked for in between", () => {
  const [one, other] = [new Crc64(), new Crc64()];
  for (let at = 0; at < random.length; at += 1_000) {
    assertEquals(one.value, crcOf(random.subarray(0, at)));
    one.update(random.subarray(at, at + 1_000));
    other.update(random.subarray(at, at + 1_000).toReversed());
  }
  assertEquals(one.value, crcOf(random));
});

Deno.test("the checksum of two stretches follows from that of each", () => {
  for (const cut of [0, 1, 1_000, 65_535, 65_536]) {
    const [first, second] = [random.subarray(0, cut), random.subarray(cut)];
    assertEquals(combineCrc64(crcOf(first), crcOf(second), second.length), crcOf(random), `cut at ${cut}`);
  }
});
