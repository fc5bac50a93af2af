// The npm copy of @std/encoding has no types: the file beside this one gives the signatures.
// @ts-types="./hex.d.ts"
export * from "deno-std/encoding/hex.js";
