import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";

export const BUCKET = "crosscomm";

/** A request to a store. */
export interface StoreRequest {
  method?: string;
  /** The path as it is sent: bucket and key, encoded. */
  path: string;
  /** The parameters, unencoded; those in `subresources` are signed. */
  query?: Record<string, string>;
  subresources?: Record<string, string>;
  headers?: Record<string, string>;
  body?: BodyInit;
  /** How the resource reads that is signed. */
  resource?: string;
  signal?: AbortSignal;
}

/** Signs requests by the book, version 1, knowing nothing of the store's code, and sends them. */
export class Signer {
  constructor(
    readonly port: number,
    readonly key: { accessKeyId: string; accessKeySecret: string },
  ) {}

  /** A request to a bucket or an object. `key` is unencoded. */
  object(method: string, key: string, rest: Partial<StoreRequest> = {}): Promise<Response> {
    return this.send({ method, path: `/${BUCKET}/${encodeKey(key)}`, resource: `/${BUCKET}/${key}`, ...rest });
  }

  /** Puts an object. */
  put(key: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    return this.object("PUT", key, { body, headers });
  }

  /** The content of an object. */
  async get(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.object("GET", key);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return await response.bytes() as Uint8Array<ArrayBuffer>;
  }

  send(request: StoreRequest): Promise<Response> {
    const { url, init } = this.prepare(request);
    return fetch(url, init);
  }

  prepare(request: StoreRequest): { url: string; init: RequestInit } {
    const { method = "GET", path, query = {}, subresources = {}, body, signal } = request;
    const headers: Record<string, string> = { date: new Date().toUTCString(), ...request.headers };
    // fetch adds this to texts.
    if (typeof body === "string") headers["content-type"] ??= "text/plain;charset=UTF-8";
    headers.authorization = `OSS ${this.key.accessKeyId}:${this.sign(method, headers, request, headers.date!)}`;
    const parameters = new URLSearchParams({ ...query, ...subresources });
    const search = parameters.size === 0 ? "" : `?${parameters}`;
    return { url: `http://127.0.0.1:${this.port}${path}${search}`, init: { method, headers, body, signal } };
  }

  /** The signature of a request: in a header with its date, in an address with the time at which it ends. */
  sign(method: string, headers: Record<string, string>, request: StoreRequest, date: string): string {
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const).sort();
    const find = (wanted: string) => lower.find(([name]) => name === wanted)?.[1] ?? "";
    const subresources = Object.entries(request.subresources ?? {}).sort()
      .map(([name, value]) => value === "" ? name : `${name}=${value}`).join("&");
    const resource = (request.resource ?? request.path) + (subresources === "" ? "" : `?${subresources}`);
    const text = [method, find("content-md5"), find("content-type"), find("x-oss-date") || date].join("\n") + "\n" +
      lower.filter(([name]) => name.startsWith("x-oss-")).map(([name, value]) => `${name}:${value}\n`).join("") +
      resource;
    return createHmac("sha1", this.key.accessKeySecret).update(Buffer.from(text)).digest("base64");
  }
}

export function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("%2F", "/");
}
