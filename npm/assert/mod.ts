// The npm copy of @std/assert has no types: the file beside this one gives the signatures.
// @ts-types="./mod.d.ts"
export * from "deno-std/assert/mod.js";
