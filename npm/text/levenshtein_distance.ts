// The npm copy of @std/text has no types: the file beside this one gives the signatures.
// @ts-types="./levenshtein_distance.d.ts"
export * from "deno-std/text/levenshtein_distance.js";
