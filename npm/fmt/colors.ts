// The npm copy of @std/fmt has no types: the file beside this one gives the signatures.
// @ts-types="./colors.d.ts"
export * from "deno-std/fmt/colors.js";
