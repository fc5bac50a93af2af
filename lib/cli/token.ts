import { dim } from "@std/fmt/colors";
import { type AccessToken, TokenFile } from "../../server.ts";
import { column } from "./column.ts";
import type { Command } from "./command.ts";
import { nearest, type Settings, UsageError } from "./flags.ts";
import { type Output, printable } from "./output.ts";

const subcommands = ["new", "ls", "revoke"];
const SECONDS_A_DAY = 24 * 60 * 60;

export const token: Command = {
  usage: "new | ls | revoke TOKEN-ID…",
  details:
    `A hub asks for tokens where the tokens file is there when it starts, or once it comes. Run this where the hub
runs, in the same directory or with the same --tokens-file. A token is shown once. Clients give it with --token or as
"Authorization: Bearer TOKEN"; Python, Java and Swift programs put "any:TOKEN@" before the hub's address.`,
  flags: [
    { name: "id", value: "ID", help: "new: the client id that it lets in, or a pattern such as sensor-* (*)" },
    { name: "expires", value: "DAYS", number: true, help: "new: after how many days it ends (never)" },
    { name: "note", value: "TEXT", help: "new: what to remember about it" },
    {
      name: "tokens-file",
      value: "FILE",
      env: "CROSSCOMM_TOKENS_FILE",
      help: "where the hub keeps its tokens (cross_comm_tokens.json)",
    },
  ],
  examples: ['token new --id "sensor-*" --expires 90 --note "the cellar"', "token ls", "token revoke 3f9c07d2a1"],
  async run(settings, output) {
    const [subcommand, ...args] = settings.positional;
    const file = new TokenFile(settings.text("tokens-file") ?? "cross_comm_tokens.json");
    switch (subcommand) {
      case "new":
        return await make(file, args, settings, output);
      case "ls":
        return list(file, args, output);
      case "revoke":
        return await revoke(file, args, output);
      case undefined:
        throw new UsageError(`token needs a subcommand: ${subcommands.join(", ")}`);
      default:
        throw new UsageError(`token has no subcommand ${subcommand}${nearest(subcommand, subcommands)}`);
    }
  },
};

async function make(file: TokenFile, args: string[], settings: Settings, output: Output) {
  if (args.length > 0) throw new UsageError("token new takes flags alone");
  const days = settings.number("expires");
  if (days !== undefined && !(days > 0 && days < Infinity)) {
    throw new UsageError(`--expires takes a number of days above 0, not ${days}`);
  }
  const { id, token } = await file.create({
    clients: settings.text("id"),
    lifetime: days === undefined ? undefined : days * SECONDS_A_DAY,
    note: settings.text("note"),
  });
  output.note(`The token ${id}, in ${file.path}. It is not shown again:`);
  output.print(token, { id, token });
}

function list(file: TokenFile, args: string[], output: Output) {
  if (args.length > 0) throw new UsageError("token ls takes no arguments");
  const tokens = file.list();
  const ids = column(tokens.map(({ clients }) => clients));
  for (const [row, token] of tokens.entries()) output.print(formatToken(ids[row]!, token), { ...token });
  if (tokens.length === 0) output.print("There are no tokens.");
}

async function revoke(file: TokenFile, ids: string[], output: Output) {
  if (ids.length === 0) throw new UsageError("token revoke needs the ids of the tokens to revoke: see token ls");
  for (const id of ids) {
    if (!await file.revoke(id)) throw new UsageError(`there is no token ${id} in ${file.path}: see token ls`);
    output.print(`Revoked ${id}`, { revoked: id });
  }
}

function formatToken(clients: string, { id, created, expires, note }: AccessToken): string {
  const end = expires === null ? "never ends" : `${expires * 1000 > Date.now() ? "ends" : "ended"} ${day(expires)}`;
  return `${id}  ${clients}  ${dim(`made ${day(created)}, ${end}`)}  ${printable(note)}`;
}

function day(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "some day" : date.toISOString().slice(0, 10);
}
