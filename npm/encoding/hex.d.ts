// What we use of @std/encoding/hex, with its own signatures.

export function encodeHex(src: string | Uint8Array | ArrayBuffer): string;
