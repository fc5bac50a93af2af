import { Buffer } from "node:buffer";
// @ts-types="npm:@types/ali-oss@^6.23.3"
import type OSS from "ali-oss";
import { CrossCommError } from "../protocol/errors.ts";
import type { CheckedBytes } from "./checked_bytes.ts";
import { damaged, noRoom, translated } from "./oss_errors.ts";
import { HeldParts } from "./oss_held_parts.ts";
import { fetchTransport, PLACEHOLDER } from "./oss_transport.ts";
import { PATIENCE, type Patience, timeFor } from "./patience.ts";
import { TransientError, withRetries } from "./retry.ts";
import { StoreClock } from "./store_clock.ts";
import type { ObjectBody, ObjectHead, ObjectInfo, PartUpload, Storage, StorageSettings } from "./storage.ts";

type Headers = Record<string, string | undefined>;

/** How long a request may take that makes an object out of many parts. */
const LONG_MS = 10 * 60_000;

/** Aliyun OSS, or what speaks its protocol: the store of a hub. */
export class OssStorage implements Storage {
  readonly #settings: () => StorageSettings | Promise<StorageSettings>;
  readonly #patience: Patience;
  readonly #clock = new StoreClock();

  /** @param settings Asked before each request: an access key that is lent can end while a large file is on its way. */
  constructor(settings: () => StorageSettings | Promise<StorageSettings>, patience: Patience = PATIENCE) {
    this.#settings = settings;
    this.#patience = patience;
  }

  async put(key: string, { bytes, crc64 }: CheckedBytes, signal?: AbortSignal): Promise<void> {
    const what = `sending ${key}`;
    await this.#call(what, signal, async (client) => {
      const timeout = timeFor(bytes.length, this.#patience);
      const { res } = await client.put(key, asBuffer(bytes), { timeout });
      if (!hasArrived(res.headers, crc64)) throw new TransientError(damaged(what));
    });
  }

  async upload(key: string, signal?: AbortSignal, begunId?: string): Promise<PartUpload> {
    const what = `sending ${key}`;
    const begin = async () => {
      return (await this.#call(what, signal, (client) => client.initMultipartUpload(key))).uploadId;
    };
    const held = begunId === undefined ? undefined : await HeldParts.list((query) => {
      return this.#call(what, signal, (client) => client.listParts(key, begunId, query));
    });
    const uploadId = held === undefined ? await begin() : begunId!;
    const parts: { number: number; etag: string }[] = [];
    return {
      id: uploadId,
      put: async (number, part, signal) => {
        const { bytes, crc64 } = part;
        const etag = held?.tagOf(number, part) ?? (await this.#call(what, signal, async (client) => {
          const timeout = timeFor(bytes.length, this.#patience);
          const sent = await client.uploadPart(key, uploadId, number, asBuffer(bytes), 0, bytes.length, { timeout });
          if (!hasArrived(sent.res.headers, crc64)) throw new TransientError(damaged(what));
          return sent;
        })).etag;
        parts.push({ number, etag });
      },
      complete: ({ size, crc64 }) =>
        this.#call(what, signal, async (client) => {
          let headers: Headers;
          try {
            const { res } = await client.completeMultipartUpload(key, uploadId, parts, { timeout: LONG_MS });
            headers = res.headers as Headers;
          } catch (error) {
            // Where the answer to an attempt before got lost, the upload has become the object.
            if ((error as { code?: string }).code !== "NoSuchUpload") throw error;
            headers = (await client.head(key)).res.headers as Headers;
            if (Number(headers["content-length"]) !== size) throw error;
          }
          if (!hasArrived(headers, crc64)) throw damaged(what);
        }),
      abandon: () =>
        this.#call(what, undefined, async (client) => {
          try {
            await client.abortMultipartUpload(key, uploadId, {});
          } catch (error) {
            // Even to forget takes a little room on a full disk: there is some once the parts under way are gone.
            if ((error as { code?: string }).code === "InsufficientStorage") {
              throw new TransientError(noRoom(what, error));
            }
            throw error;
          }
        }),
    };
  }

  async get(key: string, start: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectBody> {
    const headers: Record<string, string> = {};
    if (start > 0) headers.Range = `bytes=${start}-`;
    if (etag !== undefined) headers["If-Match"] = etag;
    return await this.#attempt(`receiving ${key}`, signal, async (client) => {
      const { stream, res } = await client.getStream(key, { headers });
      return { head: readHead(key, res.headers as Headers, start), bytes: stream ?? [] };
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.#call(prefix === "" ? "listing the store" : `listing ${prefix}`, signal, (client) => {
        const query = { prefix, "max-keys": 1000, "encoding-type": "url" as const };
        return client.listV2(token === undefined ? query : { ...query, "continuation-token": token });
      });
      for (const { name, size, etag } of page.objects) yield { key: decodeURIComponent(name), size, etag };
      token = page.isTruncated ? page.nextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.#call(`removing ${key}`, signal, async (client) => {
      await client.delete(key);
    });
  }

  #call<T>(what: string, signal: AbortSignal | undefined, request: (client: OSS) => Promise<T>): Promise<T> {
    return withRetries(signal, () => this.#attempt(what, signal, request));
  }

  async #attempt<T>(what: string, signal: AbortSignal | undefined, request: (client: OSS) => Promise<T>): Promise<T> {
    const settings = await this.#settings();
    return await translated(settings.endpoint, what, signal, () => {
      return this.#clock.agreed(async () => request(await openClient(settings, this.#clock, signal, this.#patience)));
    });
  }
}

/** A client for one request: the signal goes with its transport. */
async function openClient(
  settings: StorageSettings,
  clock: StoreClock,
  signal: AbortSignal | undefined,
  { silenceMs }: Patience,
): Promise<OSS> {
  const Client = await loadClient();
  const { bucket, accessKeyId, accessKeySecret, stsToken } = settings;
  checkBucket(bucket);
  const address = parseEndpoint(settings.endpoint);
  const { hostname, protocol, href } = address;
  // Only Aliyun has a host name for each bucket.
  const hostPerBucket = isAliyun(address);
  const base = hostPerBucket ? undefined : href.replace(/\/$/, "");
  const region = settings.region ?? (hostPerBucket ? regionOf(hostname) : "cn-hangzhou");
  const options: OSS.Options & { sldEnable: boolean; amendTimeSkewed: number; urllib: unknown } = {
    endpoint: hostPerBucket ? `${protocol}//${hostname}` : PLACEHOLDER,
    sldEnable: !hostPerBucket,
    bucket,
    accessKeyId,
    accessKeySecret,
    // Version 4 needs the region, which the endpoints of the accelerator do not tell.
    authorizationV4: region !== undefined,
    amendTimeSkewed: clock.ahead,
    urllib: fetchTransport(base, clock, signal, silenceMs),
  };
  if (region !== undefined) options.region = region;
  // The interval, which means nothing without a function to refresh it, keeps ali-oss from writing to the console.
  if (stsToken !== undefined) Object.assign(options, { stsToken, refreshSTSTokenInterval: 1 });
  return new Client(options);
}

/** 92 packages: not before the first file moves. */
async function loadClient(): Promise<typeof OSS> {
  try {
    // @ts-types="npm:@types/ali-oss@^6.23.3"
    return (await import("ali-oss")).default;
  } catch (error) {
    const why = `cannot load the OSS client (${
      (error as Error).message
    }): it needs --allow-env and --allow-sys=networkInterfaces,osRelease`;
    throw new CrossCommError("NOT_SUPPORTED", why, { cause: error });
  }
}

function parseEndpoint(endpoint: string): URL {
  // What goes to Aliyun crosses the internet; a hub's own store has no certificate.
  const scheme = /\.aliyuncs\.com\b/.test(endpoint) ? "https" : "http";
  const text = /^https?:\/\//i.test(endpoint) ? endpoint : `${scheme}://${endpoint}`;
  const isAddress = text.indexOf("://") === text.lastIndexOf("://") && URL.canParse(text);
  if (endpoint !== "" && isAddress) return new URL(text);
  const example = "it looks like oss-cn-hangzhou.aliyuncs.com or http://192.168.1.5:9898";
  throw new CrossCommError(
    "STORAGE_NOT_CONFIGURED",
    `${JSON.stringify(endpoint)} is no address of a store: ${example}`,
  );
}

/** The client would refuse it, too, in words that do not say which name it is, nor what a good one is. */
function checkBucket(bucket: string): void {
  if (/^[a-z0-9_][a-z0-9_-]{1,61}[a-z0-9_]$/.test(bucket)) return;
  const why =
    `${JSON.stringify(bucket)} is no name of a bucket: it has 3 to 63 small letters, digits and hyphens, and ` +
    "neither begins nor ends with a hyphen (check OSS_BUCKET_NAME)";
  throw new CrossCommError("STORAGE_NOT_CONFIGURED", why);
}

function isAliyun({ hostname }: URL): boolean {
  return /\.aliyuncs\.com$/.test(hostname);
}

function regionOf(hostname: string): string | undefined {
  return /^oss-((?!accelerate)[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/.exec(hostname)?.[1];
}

/** The checksum that the store tells, if it does. */
function crc64In(headers: Headers): bigint | undefined {
  const text = headers["x-oss-hash-crc64ecma"];
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

/** Whether the store has got what was sent, as far as it tells. */
function hasArrived(headers: object, crc64: bigint): boolean {
  return (crc64In(headers as Headers) ?? crc64) === crc64;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readHead(key: string, headers: Headers, start: number): ObjectHead {
  const range = /^bytes (\d+)-\d*\/(\d+)$/.exec(headers["content-range"] ?? "");
  if (Number(range?.[1] ?? 0) !== start) {
    throw new CrossCommError("STORAGE_FAILED", `receiving ${key}: the store did not continue at byte ${start}`);
  }
  const size = Number(range?.[2] ?? headers["content-length"] ?? NaN);
  if (!Number.isSafeInteger(size)) {
    throw new CrossCommError("STORAGE_FAILED", `receiving ${key}: the store does not tell its length`);
  }
  return { key, size, etag: headers.etag ?? "", crc64: crc64In(headers) };
}
