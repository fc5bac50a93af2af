import type { Target } from "./address.ts";
import type { BlobFiles } from "./blob_files.ts";
import type { Body } from "./body.ts";
import type { Bucket, Catalog } from "./catalog.ts";
import { noSuchBucket, OssError } from "./errors.ts";
import type { Rights } from "./rights.ts";
import type { Space } from "./space.ts";
import type { Uploads } from "./uploads.ts";
import { writeXml, type XmlElement } from "./xml.ts";

/** What a store is made of. */
export interface Store {
  catalog: Catalog;
  uploads: Uploads;
  blobs: BlobFiles;
  space: Space;
}

/** A request that is let in: what it is about, and what answers it. */
export interface Call extends Store, Target {
  method: string;
  headers: Headers;
  query: Map<string, string>;
  body: Body;
  rights: Rights;
  /** To be awaited between two pieces of long work. */
  turn(): Promise<void>;
}

/** The bucket of that name. @throws {OssError} `NoSuchBucket`. */
export function findBucket({ catalog }: Store, name: string): Bucket {
  const bucket = catalog.bucket(name);
  if (bucket === undefined) throw noSuchBucket(name);
  return bucket;
}

/** A parameter that is a whole number, or what stands for it. @throws {OssError} `InvalidArgument`. */
export function integer(
  { query }: Call,
  name: string,
  range: [least: number, most: number],
  otherwise: number,
): number {
  const text = query.get(name);
  if (text === undefined || text === "") return otherwise;
  const [least, most] = range;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const message = `The parameter ${name} is a number from ${least} to ${most}.`;
  throw new OssError(400, "InvalidArgument", message, { details: { ArgumentName: name, ArgumentValue: text } });
}

/** How a call wants keys written: as they are, or encoded as in an address. @throws {OssError} `InvalidArgument`. */
export function keyWriter({ query }: Call): { encodingType: string | undefined; writeKey: (key: string) => string } {
  const encodingType = query.get("encoding-type");
  if (encodingType === undefined || encodingType === "") return { encodingType: undefined, writeKey: (key) => key };
  if (encodingType !== "url") {
    const details = { ArgumentName: "encoding-type", ArgumentValue: encodingType };
    throw new OssError(400, "InvalidArgument", "The only encoding-type is url.", { details });
  }
  return { encodingType, writeKey: encodeURIComponent };
}

/** An answer in XML. */
export function xmlResponse(root: XmlElement, headers: Record<string, string> = {}): Response {
  return new Response(writeXml(root), { headers: { "content-type": "application/xml", ...headers } });
}

/** A time as OSS writes it in XML: whole seconds, and yet milliseconds, which oss2 insists are none. */
export function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, ".000Z");
}

/** An ETag as it stands in headers and in XML. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}
