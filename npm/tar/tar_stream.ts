import { createTarPacker, type TarPackController } from "modern-tar";

export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;

/** Fields of an entry's header; `mtime` in seconds since 1970. */
export interface TarStreamOptions {
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  uname?: string;
  gname?: string;
  devmajor?: string;
  devminor?: string;
}

export interface TarStreamFile {
  type: "file";
  path: string;
  size: number;
  readable: ReadableStream<Uint8Array>;
  options?: TarStreamOptions;
}

export interface TarStreamDir {
  type: "directory";
  path: string;
  options?: TarStreamOptions;
}

export interface TarStreamSymlink {
  type: "symlink";
  path: string;
  linkname: string;
  options?: TarStreamOptions;
}

export type TarStreamInput = TarStreamFile | TarStreamDir | TarStreamSymlink;

/** Makes a tar archive out of entries. */
export class TarStream implements TransformStream<TarStreamInput, Uint8Array_> {
  readonly readable: ReadableStream<Uint8Array_>;
  readonly writable: WritableStream<TarStreamInput>;

  constructor() {
    const { readable, controller } = createTarPacker();
    this.readable = readable;
    this.writable = new WritableStream({
      async write(input) {
        try {
          await add(controller, input);
        } catch (error) {
          controller.error(error);
          throw error;
        }
      },
      close: () => controller.finalize(),
      abort: (reason) => controller.error(reason),
    });
  }
}

async function add(controller: TarPackController, input: TarStreamInput): Promise<void> {
  const { mode, mtime, uid, gid, uname, gname } = input.options ?? {};
  assertValidPath(input.path);
  if (input.type === "symlink") assertValidLinkname(input.linkname);
  assertValidTarStreamOptions(input.options ?? {});
  const size = input.type === "file" ? input.size : 0;
  if (!(size >= 0 && size <= 8 ** 12)) {
    throw new RangeError(`A tar archive takes a file of 0 bytes to 64 GiB: got ${size}`);
  }
  const writer = controller.add({
    name: input.path,
    type: input.type,
    size,
    linkname: input.type === "symlink" ? input.linkname : undefined,
    mode: mode ?? { file: 0o644, directory: 0o755, symlink: 0o777 }[input.type],
    mtime: mtime === undefined ? undefined : new Date(mtime * 1000),
    uid,
    gid,
    uname,
    gname,
  }).getWriter();
  if (input.type === "file") {
    let read = 0;
    for await (const chunk of input.readable) {
      read += chunk.length;
      if (read > size) break;
      await writer.write(chunk);
    }
    if (read !== size) {
      throw new RangeError(`"${input.path}" was to have ${size} bytes and had ${read > size ? "more" : read}`);
    }
  }
  await writer.close();
}

/** Throws if the path is too long for a tar header: 100 bytes, or 155, a slash and 99. */
export function assertValidPath(path: string): void {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length <= 100) return;
  if (bytes.length > 256) {
    throw new RangeError(`A path in a tar archive has at most 256 bytes: got ${bytes.length}`);
  }
  // The first slash that leaves at most 99 bytes for the name.
  const slash = bytes.indexOf(0x2f, bytes.length - 100);
  if (slash === -1) {
    throw new RangeError("A file's name in a tar archive has at most 100 bytes");
  }
  if (slash > 155) {
    throw new TypeError("A path in a tar archive has a slash with at most 155 bytes before it and 99 after");
  }
}

/** Throws if the target of a symlink is empty or too long for a tar header. */
export function assertValidLinkname(linkname: string): void {
  const { length } = new TextEncoder().encode(linkname);
  if (length === 0 || length > 100) {
    throw new TypeError(`A link's target in a tar archive has 1 to 100 bytes: got ${length}`);
  }
}

/** Throws if an option does not fit its field in a tar header. */
export function assertValidTarStreamOptions(options: TarStreamOptions): void {
  for (
    const [name, limit] of [
      ["mode", 8 ** 6],
      ["uid", 8 ** 6],
      ["gid", 8 ** 6],
      ["mtime", 8 ** 11],
    ] as const
  ) {
    const value = options[name] ?? 0;
    if (!(value >= 0 && value < limit)) {
      throw new TypeError(`A tar archive's ${name} is from 0 to ${limit - 1}: got ${value}`);
    }
  }
  for (const name of ["uname", "gname"] as const) {
    // deno-lint-ignore no-control-regex
    if (!/^[\x00-\x7f]{0,31}$/.test(options[name] ?? "")) {
      throw new TypeError(`A tar archive's ${name} has at most 31 ASCII characters`);
    }
  }
  for (const name of ["devmajor", "devminor"] as const) {
    if ((options[name] ?? "").length > 8) {
      throw new TypeError(`A tar archive's ${name} has at most 8 characters`);
    }
  }
}
