import { Buffer, isUtf8 } from "node:buffer";
import { ByteCollector } from "./byte_collector.ts";
import { unmask } from "./unmask.ts";

/** What a frame is for (RFC 6455, section 5.2). */
export const Opcode = { CONTINUATION: 0x0, TEXT: 0x1, BINARY: 0x2, CLOSE: 0x8, PING: 0x9, PONG: 0xa } as const;

/** Why a connection is closed (RFC 6455, section 7.4.1). */
export const CloseCode = { PROTOCOL_ERROR: 1002, INVALID_TEXT: 1007, POLICY_VIOLATION: 1008, TOO_BIG: 1009 } as const;

/** How large a message may be. */
export interface MessageLimits {
  /** In bytes, however many frames it comes in. It may change as messages come. */
  maxBytes: number;
  /** In how many frames it may come. */
  readonly maxFragments: number;
}

/** Who is told what the frames say. */
export interface FrameListener {
  onMessage(bytes: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onPong(): void;
  /** The other end closes; no frame comes after this one. */
  onClose(payload: Uint8Array): void;
  /** What came breaks the rules: the connection is to be closed with this code. Nothing that follows is read. */
  onFault(code: number, fault: string): void;
}

/** The longest head of a frame: two bytes, a length of eight, and a mask of four. */
const MAX_HEAD_BYTES = 14;
/** The longest payload of a close, a ping or a pong. */
const MAX_CONTROL_BYTES = 125;

/** Takes the frames of a client (RFC 6455, section 5) out of the bytes that come, and the mask off them, in place. */
export class FrameReader {
  readonly #limits: MessageLimits;
  readonly #listener: FrameListener;
  /** A frame of which only a part has come. */
  #partial: ByteCollector | undefined;
  /** What has come of a message that comes in several frames, how much that is, and what the first one says it is. */
  #fragments: Uint8Array[] = [];
  #fragmentsLength = 0;
  #messageOpcode: number = Opcode.CONTINUATION;
  #isOver = false;
  /** Of the frame that is being read: what it is, and where in the bytes its payload stands. */
  #opcode = 0;
  #isFinal = false;
  #payloadStart = 0;
  #payloadEnd = 0;

  constructor(limits: MessageLimits, listener: FrameListener) {
    this.#limits = limits;
    this.#listener = listener;
  }

  /** How much has come of a message that is not whole, in bytes. */
  get unfinishedBytes(): number {
    return this.#fragmentsLength + (this.#partial?.length ?? 0);
  }

  /** Whether of the frame that is not whole no more than its head has come. */
  get awaitsPayload(): boolean {
    return this.#partial !== undefined && this.#partial.length <= MAX_HEAD_BYTES;
  }

  /** Drops what has come of a message, and reads nothing that follows. */
  stop(): void {
    this.#isOver = true;
    this.#partial = undefined;
    this.#fragments = [];
    this.#fragmentsLength = 0;
  }

  /** Reads what has come. A message may be a part of these bytes. */
  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      if (this.#partial !== undefined) {
        at = this.#complete(this.#partial, bytes, at);
      } else if (this.#readHead(bytes, at, bytes.length) && this.#payloadEnd <= bytes.length) {
        at = this.#payloadEnd;
        this.#takeFrame(bytes);
      } else if (!this.#isOver) {
        this.#partial = new ByteCollector();
      }
    }
  }

  /** Adds what belongs to a frame that has begun, and takes it when it is whole. Returns where the rest begins. */
  #complete(partial: ByteCollector, bytes: Uint8Array, at: number): number {
    const isHeadKnown = this.#readHead(partial.bytes, 0, partial.length);
    if (this.#isOver) return at;
    // Byte by byte until the head is whole: at most a few of them.
    const missing = isHeadKnown ? this.#payloadEnd - partial.length : 1;
    const end = Math.min(at + missing, bytes.length);
    partial.add(bytes.subarray(at, end), isHeadKnown ? this.#payloadEnd : MAX_HEAD_BYTES);
    if (this.#readHead(partial.bytes, 0, partial.length) && this.#payloadEnd === partial.length) {
      this.#partial = undefined;
      this.#takeFrame(partial.bytes);
    }
    return end;
  }

  /** Reads the head of the frame that begins at `at`. False where it is not whole, or breaks the rules. */
  #readHead(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < 2) return false;
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    this.#isFinal = first >= 0x80;
    this.#opcode = first & 0x0f;
    let length = second & 0x7f;
    const fault = this.#faultOf(first, second, length);
    if (fault !== undefined) return this.#fail(CloseCode.PROTOCOL_ERROR, fault);
    at += 2;
    if (length === 126) {
      if (end - at < 2) return false;
      length = bytes[at]! * 0x100 + bytes[at + 1]!;
      at += 2;
    } else if (length === 127) {
      if (end - at < 8) return false;
      length = 0;
      for (const lengthEnd = at + 8; at < lengthEnd; at++) length = length * 0x100 + bytes[at]!;
    }
    if (this.#opcode < Opcode.CLOSE && this.#fragmentsLength + length > this.#limits.maxBytes) {
      return this.#fail(CloseCode.TOO_BIG, `it sends a message of more than ${this.#limits.maxBytes} bytes`);
    }
    if (end - at < 4) return false;
    this.#payloadStart = at + 4;
    this.#payloadEnd = this.#payloadStart + length;
    return true;
  }

  #faultOf(first: number, second: number, length: number): string | undefined {
    const opcode = this.#opcode;
    if ((first & 0x70) !== 0) return "it sends a frame of an extension that was not agreed on";
    if ((second & 0x80) === 0) return "it sends a frame without a mask";
    if (opcode >= Opcode.CLOSE && opcode <= Opcode.PONG) {
      return this.#isFinal && length <= MAX_CONTROL_BYTES
        ? undefined
        : "it sends a control frame that is too long, or in parts";
    }
    if (opcode > Opcode.BINARY) return `it sends a frame of an unknown kind (${opcode})`;
    const isWithin = this.#fragments.length > 0;
    if (isWithin !== (opcode === Opcode.CONTINUATION)) {
      return "it sends frames that do not follow on each other";
    }
  }

  #takeFrame(bytes: Uint8Array): void {
    unmask(bytes, this.#payloadStart, this.#payloadEnd);
    const payload = bytes.subarray(this.#payloadStart, this.#payloadEnd);
    switch (this.#opcode) {
      case Opcode.CLOSE:
        return this.#takeClose(payload);
      case Opcode.PING:
        return this.#listener.onPing(payload);
      case Opcode.PONG:
        return this.#listener.onPong();
      default:
        if (this.#isFinal && this.#fragments.length === 0) this.#takeMessage(this.#opcode, payload);
        else this.#takeFragment(payload, bytes);
    }
  }

  #takeFragment(payload: Uint8Array, bytes: Uint8Array): void {
    const fragments = this.#fragments;
    if (fragments.length === this.#limits.maxFragments) {
      const fault = `it sends a message in more than ${this.#limits.maxFragments} frames`;
      return void this.#fail(CloseCode.POLICY_VIOLATION, fault);
    }
    if (fragments.length === 0) this.#messageOpcode = this.#opcode;
    // A small part of what came together would keep all of that in memory.
    fragments.push(payload.length < bytes.length / 2 ? payload.slice() : payload);
    this.#fragmentsLength += payload.length;
    if (!this.#isFinal) return;
    this.#fragments = [];
    this.#fragmentsLength = 0;
    this.#takeMessage(this.#messageOpcode, Buffer.concat(fragments));
  }

  #takeMessage(opcode: number, bytes: Uint8Array): void {
    if (opcode === Opcode.TEXT && !isUtf8(bytes)) {
      this.#fail(CloseCode.INVALID_TEXT, "it sends a text that is not UTF-8");
    } else {
      this.#listener.onMessage(bytes);
    }
  }

  #takeClose(payload: Uint8Array): void {
    if (payload.length > 0 && !isCloseCode(payload)) {
      this.#fail(CloseCode.PROTOCOL_ERROR, "it closes with a code that is none");
    } else if (!isUtf8(payload.subarray(2))) {
      this.#fail(CloseCode.INVALID_TEXT, "it closes with a reason that is not UTF-8");
    } else {
      this.#isOver = true;
      this.#listener.onClose(payload);
    }
  }

  #fail(code: number, fault: string): false {
    this.stop();
    this.#listener.onFault(code, fault);
    return false;
  }
}

/** Whether what a close frame holds begins with a code that one end may send to the other. */
function isCloseCode(payload: Uint8Array): boolean {
  if (payload.length < 2) return false;
  const code = payload[0]! * 0x100 + payload[1]!;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006) || code >= 3000 && code <= 4999;
}
