// The npm copy of @std/text has no types: the file beside this one gives the signatures.
// @ts-types="./closest_string.d.ts"
export * from "deno-std/text/closest_string.js";
