import { dirname, join } from "node:path";
import { checkPositive, checkSeconds, checkText } from "../protocol/check.ts";
import { CrossCommError } from "../protocol/errors.ts";
import type { CertificateFiles } from "./certificate.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits.ts";

/** Who may come in, and how much of the hub each may take. */
export interface AccessOptions {
  /**
   * Where the tokens are that let clients in: {@linkcode TokenFile} or `crosscomm token` makes them. Where the file is
   * there, clients need a token, and so they do when it comes while the hub runs; its damage or removal then lets nobody
   * in. Default: `"cross_comm_tokens.json"`, beside the clients file.
   */
  tokensFile?: string;
  /** Whether clients need a token even where there is no tokens file: nobody gets in until there is. Default: false. */
  requireTokens?: boolean;
  /**
   * Where web pages may come from, such as `"https://app.example"`; `"*"` for anywhere. Programs other than browsers are
   * not asked. Default: none, but for pages that this very address serves.
   */
  allowedOrigins?: string[];
  /**
   * A file with the hub's certificate, and after it those that it rests on, in PEM: the hub is at `wss://` then, and its
   * store at `https://`. A new one is taken up within a second, together with its key. Default: no encryption.
   */
  certFile?: string;
  /** A file with the key of the certificate, in PEM, without a password. */
  keyFile?: string;
  /** How many connections there may be. Default: 20,000. */
  maxConnections?: number;
  /** How many connections may come from one address, which many programs and people may share. Default: 10,000. */
  maxConnectionsPerAddress?: number;
  /** For how many seconds a connection may be there without a login. Default: 10. */
  loginTimeout?: number;
  /** How many messages a second the hub reads from a connection; further ones wait. Default: 100,000. */
  maxMessagesPerSecond?: number;
  /** How many bytes a second the hub reads from a connection; further ones wait. Default: 1 GiB. */
  maxBytesPerSecond?: number;
}

/** The options as the parts of the hub take them. */
export interface AccessSettings {
  gateway: { limits: GatewayLimits; allowedOrigins: string[] };
  certificateFiles: CertificateFiles | undefined;
  tokensFile: string;
}

/** Reads the options. Throws `INVALID_ARGUMENT` where they make no sense. */
export function readAccessOptions(options: AccessOptions, clientsFile: string): AccessSettings {
  const { tokensFile = join(dirname(clientsFile), "cross_comm_tokens.json") } = options;
  checkText("tokensFile", tokensFile);
  return {
    gateway: { limits: limitsOf(options), allowedOrigins: originsOf(options) },
    certificateFiles: certificateFilesOf(options),
    tokensFile,
  };
}

function limitsOf(options: AccessOptions): GatewayLimits {
  const { loginTimeout = DEFAULT_LIMITS.loginTimeout } = options;
  checkSeconds("loginTimeout", loginTimeout);
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, loginTimeout };
  const counted = [
    "maxConnections",
    "maxConnectionsPerAddress",
    "maxMessagesPerSecond",
    "maxBytesPerSecond",
  ] as const;
  for (const name of counted) {
    const value = options[name];
    if (value === undefined) continue;
    checkPositive(name, value);
    limits[name] = value;
  }
  return limits;
}

/** The allowed origins, as browsers write them. */
function originsOf({ allowedOrigins = [] }: AccessOptions): string[] {
  return allowedOrigins.map((origin) => {
    if (origin === "*" || origin === "null") return origin;
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.host && url.pathname === "/" && url.search === "") return `${url.protocol}//${url.host}`;
    throw new CrossCommError(
      "INVALID_ARGUMENT",
      `allowedOrigins takes origins such as https://app.example or http://localhost:8080, not ${
        JSON.stringify(origin)
      }`,
    );
  });
}

function certificateFilesOf({ certFile, keyFile }: AccessOptions): CertificateFiles | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new CrossCommError("INVALID_ARGUMENT", "a certificate needs its key, and the key its certificate: give both");
  }
  checkText("certFile", certFile);
  checkText("keyFile", keyFile);
  return { certFile, keyFile };
}
