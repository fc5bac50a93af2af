import type { AccessOptions } from "../../server.ts";
import type { Flag, Settings } from "./flags.ts";

/** The flags of a hub that say who may come in, and how much of it each may take. */
export const accessFlags: readonly Flag[] = [
  {
    name: "tokens-file",
    value: "FILE",
    env: "CROSSCOMM_TOKENS_FILE",
    help: "ask for the tokens in this file, if it is there (cross_comm_tokens.json)",
  },
  { name: "require-tokens", help: "let nobody in without a token, even if there is no tokens file" },
  {
    name: "allow-origin",
    value: "ORIGINS",
    env: "CROSSCOMM_ALLOWED_ORIGINS",
    help: "let web pages in from there: https://a.example,https://b.example, or *",
  },
  { name: "cert", value: "FILE", env: "CROSSCOMM_CERT_FILE", help: "a certificate in PEM, for wss://; with --key" },
  { name: "key", value: "FILE", env: "CROSSCOMM_KEY_FILE", help: "the key of the certificate in PEM" },
  {
    name: "max-connections",
    value: "COUNT",
    number: true,
    env: "CROSSCOMM_MAX_CONNECTIONS",
    help: "how many connections there may be (20000)",
  },
  {
    name: "max-connections-per-address",
    value: "COUNT",
    number: true,
    env: "CROSSCOMM_MAX_CONNECTIONS_PER_ADDRESS",
    help: "how many of them from one address (10000)",
  },
  {
    name: "login-timeout",
    value: "SECONDS",
    number: true,
    env: "CROSSCOMM_LOGIN_TIMEOUT",
    help: "how long a connection may be there without a login (10)",
  },
  {
    name: "max-messages-per-second",
    value: "COUNT",
    number: true,
    env: "CROSSCOMM_MAX_MESSAGES_PER_SECOND",
    help: "how many messages a second are read from a connection (100000)",
  },
  {
    name: "max-bytes-per-second",
    value: "BYTES",
    number: true,
    env: "CROSSCOMM_MAX_BYTES_PER_SECOND",
    help: "how many bytes a second are read from a connection (1 GiB)",
  },
];

/** What these flags say. */
export function accessOptions(settings: Settings): AccessOptions {
  return {
    tokensFile: settings.text("tokens-file"),
    requireTokens: settings.on("require-tokens"),
    allowedOrigins: settings.text("allow-origin")?.split(",").map((origin) => origin.trim()),
    certFile: settings.text("cert"),
    keyFile: settings.text("key"),
    maxConnections: settings.number("max-connections"),
    maxConnectionsPerAddress: settings.number("max-connections-per-address"),
    loginTimeout: settings.number("login-timeout"),
    maxMessagesPerSecond: settings.number("max-messages-per-second"),
    maxBytesPerSecond: settings.number("max-bytes-per-second"),
  };
}

/** What to tell somebody who starts a hub that others can reach: `undefined` where there is nothing to say. */
export function exposureWarning(hostname: string, asksForTokens: boolean, isEncrypted: boolean): string | undefined {
  if (/^(127\.|::1$|::ffff:127\.|localhost$)/i.test(hostname)) return undefined;
  if (!asksForTokens) {
    return "Whoever reaches this hub over the network can read and send messages under any name: make tokens with " +
      "`crosscomm token new`, or let it listen to this machine alone with --ip 127.0.0.1.";
  }
  if (isEncrypted) return undefined;
  return "Tokens and messages cross the network in clear: give a certificate with --cert and --key.";
}
