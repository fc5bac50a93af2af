import { invalidArgument, OssError } from "./errors.ts";

/** What a request is about: a key in a bucket, a bucket (no key), or the service (neither). */
export interface Target {
  bucket: string;
  key: string;
}

/** A request's address, taken apart. */
export interface Address {
  /**
   * How the address can be read, most likely first. A bucket stands in the path (`/bucket/key`) or before the first
   * dot of the host (`bucket.127.0.0.1`), and a host's own name may look like a bucket: the signature, which covers
   * bucket and key, says which reading its sender meant.
   */
  readings: Target[];
  /** The query's parameters, decoded. */
  query: Map<string, string>;
}

/**
 * Takes an address apart. The path is used as it was sent: whoever normalises it, as `URL` does, cannot tell keys
 * with `..`, `//` and `%2F` apart.
 *
 * @throws {OssError} `InvalidURI`, `InvalidArgument`.
 */
export function readAddress(url: string, host: string): Address {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const target = start < 0 ? "/" : url.slice(start);
  const mark = target.indexOf("?");
  const path = decodePath(mark < 0 ? target : target.slice(0, mark)).slice(1);

  const readings: Target[] = [];
  const label = /^([^.:[\]]+)\./.exec(host)?.[1];
  if (label !== undefined) readings.push({ bucket: label.toLowerCase(), key: path });
  const slash = path.indexOf("/");
  if (slash < 0) readings.push({ bucket: path, key: "" });
  else if (slash > 0) readings.push({ bucket: path.slice(0, slash), key: path.slice(slash + 1) });

  return { readings, query: readQuery(mark < 0 ? "" : target.slice(mark + 1)) };
}

/** The bucket and key that an `x-oss-copy-source` header names: `/bucket/key`, encoded, with or without the first `/`. */
export function readCopySource(header: string): Target {
  const path = decodePath(header.replace(/^\//, ""));
  const slash = path.indexOf("/");
  if (slash < 1 || slash === path.length - 1) {
    throw invalidArgument("x-oss-copy-source", header, "A copy source is a bucket, a slash and a key.");
  }
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

function decodePath(path: string): string {
  return decode(path, () => new OssError(400, "InvalidURI", "The address is not encoded as UTF-8 in percent signs."));
}

function readQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeParameter(equals < 0 ? pair : pair.slice(0, equals));
    if (query.has(name)) throw invalidArgument(name, "", "A parameter stands twice in the address.");
    query.set(name, equals < 0 ? "" : decodeParameter(pair.slice(equals + 1)));
  }
  return query;
}

function decodeParameter(text: string): string {
  return decode(text.replaceAll("+", " "), () => invalidArgument("", text, "A parameter is not encoded as UTF-8."));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undoes percent encoding. What is not ASCII came as bytes, a character each. */
function decode(text: string, error: () => OssError): string {
  if (!/[%\x80-\uffff]/.test(text)) return text;
  try {
    const raw = text.replaceAll(/%([\da-fA-F]{2})|%/g, (_, hex: string | undefined) => {
      if (hex === undefined) throw error();
      return String.fromCharCode(parseInt(hex, 16));
    });
    return utf8.decode(Uint8Array.from(raw, (char) => char.charCodeAt(0)));
  } catch {
    throw error();
  }
}
