// The npm copy of @std/encoding has no types: the file beside this one gives the signatures.
// @ts-types="./base64.d.ts"
export * from "deno-std/encoding/base64.js";
