import { createTarDecoder, type ParsedTarEntry } from "modern-tar";

export interface OldStyleFormat {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  typeflag: string;
  linkname: string;
}

export interface PosixUstarFormat extends OldStyleFormat {
  magic: string;
  version: string;
  uname: string;
  gname: string;
  devmajor: string;
  devminor: string;
  prefix: string;
}

export interface TarStreamEntry {
  header: OldStyleFormat | PosixUstarFormat;
  path: string;
  readable?: ReadableStream<Uint8Array>;
}

/** Takes a tar archive apart: each file's `readable` is to be read or cancelled before the next entry comes. */
export class UntarStream implements TransformStream<Uint8Array, TarStreamEntry> {
  readonly readable: ReadableStream<TarStreamEntry>;
  readonly writable: WritableStream<Uint8Array>;

  constructor() {
    const { readable, writable } = createTarDecoder({ strict: true });
    this.readable = ReadableStream.from(entries(readable));
    this.writable = writable;
  }
}

/** Position is typeflag; what stands after "file" has no content. */
const TYPES = [
  "file",
  "link",
  "symlink",
  "character-device",
  "block-device",
  "directory",
  "fifo",
];

async function* entries(parsed: ReadableStream<ParsedTarEntry>): AsyncGenerator<TarStreamEntry> {
  for await (const entry of parsed) {
    const header = headerOf(entry.header);
    if (header.typeflag > "0") {
      yield { path: header.name, header };
      continue;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      flush: () => resolve(),
      cancel: () => resolve(),
    });
    yield {
      path: header.name,
      header,
      readable: entry.body.pipeThrough(watched),
    };
    await promise;
  }
}

/** modern-tar has joined prefix and name already, and leaves out the device numbers. */
function headerOf(parsed: ParsedTarEntry["header"]): TarStreamEntry["header"] {
  const {
    name,
    size,
    mode = 0,
    uid = 0,
    gid = 0,
    mtime,
    linkname = "",
    uname,
    gname = "",
  } = parsed;
  const header = {
    name,
    mode,
    uid,
    gid,
    size,
    mtime: Math.floor((mtime?.getTime() ?? 0) / 1000),
    typeflag: String(Math.max(0, TYPES.indexOf(parsed.type ?? "file"))),
    linkname,
  };
  if (uname === undefined) return header;
  return {
    ...header,
    magic: "ustar\0",
    version: "00",
    uname,
    gname,
    devmajor: "",
    devminor: "",
    prefix: "",
  };
}
