import { createHash, createHmac } from "node:crypto";
import { BUCKET, encodeKey } from "./signer.ts";

/** What a signature of version 4 is made over, and what may be wrong with it. */
export interface RequestV4 {
  method?: string;
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** When it is signed, in milliseconds since 1970. Default: now. */
  time?: number;
}

const SCOPE = "cn-hangzhou/oss/aliyun_v4_request";
const ALGORITHM = "OSS4-HMAC-SHA256";

/** Signs requests by the book, version 4, knowing nothing of the store's code. */
export class SignerV4 {
  constructor(
    readonly port: number,
    readonly key: { accessKeyId: string; accessKeySecret: string },
  ) {}

  /** A request that is signed in a header. */
  inHeader({ method = "GET", key, query = {}, headers = {}, time = Date.now() }: RequestV4): Request {
    const date = dateOf(time);
    const signed = { "x-oss-content-sha256": "UNSIGNED-PAYLOAD", "x-oss-date": date, ...headers };
    const credential = `${this.key.accessKeyId}/${date.slice(0, 8)}/${SCOPE}`;
    const signature = this.#sign(method, key, query, signed, date);
    const authorization = `${ALGORITHM} Credential=${credential},Signature=${signature}`;
    return new Request(this.#address(key, query), { method, headers: { ...signed, authorization } });
  }

  /** A request that is signed in its address, good for some seconds. */
  inUrl({ method = "GET", key, query = {}, time = Date.now() }: RequestV4, seconds: number): Request {
    const date = dateOf(time);
    const signed = {
      ...query,
      "x-oss-signature-version": ALGORITHM,
      "x-oss-credential": `${this.key.accessKeyId}/${date.slice(0, 8)}/${SCOPE}`,
      "x-oss-date": date,
      "x-oss-expires": String(seconds),
    };
    const signature = this.#sign(method, key, signed, {}, date);
    return new Request(this.#address(key, { ...signed, "x-oss-signature": signature }), { method });
  }

  #address(key: string, query: Record<string, string>): string {
    const search = canonicalQuery(query);
    return `http://127.0.0.1:${this.port}/${BUCKET}/${encodeKey(key)}${search === "" ? "" : `?${search}`}`;
  }

  #sign(
    method: string,
    key: string,
    query: Record<string, string>,
    headers: Record<string, string>,
    date: string,
  ): string {
    const lines = Object.entries(headers).sort().map(([name, value]) => `${name}:${value}\n`).join("");
    const path = `/${BUCKET}/${encodeKey(key)}`;
    const canonical = [method, path, canonicalQuery(query), lines, "", "UNSIGNED-PAYLOAD"].join("\n");
    const hash = createHash("sha256").update(canonical).digest("hex");
    const text = [ALGORITHM, date, `${date.slice(0, 8)}/${SCOPE}`, hash].join("\n");
    const signingKey = [date.slice(0, 8), ...SCOPE.split("/")].reduce(
      (secret, part) => createHmac("sha256", secret).update(part).digest(),
      new TextEncoder().encode(`aliyun_v4${this.key.accessKeySecret}`) as Uint8Array,
    );
    return createHmac("sha256", signingKey).update(text).digest("hex");
  }
}

function canonicalQuery(query: Record<string, string>): string {
  return Object.entries(query).sort()
    .map(([name, value]) => [name, value].filter((text) => text !== "").map(encodeURIComponent).join("=")).join("&");
}

/** A time as `20250102T030405Z`. */
function dateOf(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
