import type { Subcommand } from "./command.ts";

/** What the program can do, in the order of its help. Only what runs is loaded: a hub needs nothing of a client. */
export const subcommands: readonly Subcommand[] = [
  { name: "server", summary: "Start a hub", load: async () => (await import("./server.ts")).server },
  {
    name: "client",
    summary: "Talk with others, interactively",
    load: async () => (await import("./client.ts")).client,
  },
  { name: "send", summary: "Send one message", load: async () => (await import("./send.ts")).send },
  { name: "listen", summary: "Print what arrives", load: async () => (await import("./listen.ts")).listen },
  { name: "clients", summary: "List who is online", load: async () => (await import("./clients.ts")).clients },
  {
    name: "download",
    summary: "Download what a message named",
    load: async () => (await import("./download.ts")).download,
  },
  {
    name: "storage",
    summary: "Show how other programs use the hub's store, and what is in it",
    load: async () => (await import("./storage.ts")).storage,
  },
  {
    name: "mailbox",
    summary: "Show which messages wait for clients that are offline, or clear them",
    load: async () => (await import("./mailbox.ts")).mailbox,
  },
  {
    name: "token",
    summary: "Make, list and revoke the tokens that let clients in",
    load: async () => (await import("./token.ts")).token,
  },
];
