// The npm copy of @std/cli has no types: the file beside this one gives the signatures.
// @ts-types="./parse_args.d.ts"
export * from "deno-std/cli/parse_args.js";
