// The npm copy of @std/yaml has no types: the file beside this one gives the signatures.
// @ts-types="./mod.d.ts"
export * from "deno-std/yaml/mod.js";
