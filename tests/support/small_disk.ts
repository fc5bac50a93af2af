/** A file system of so many bytes at the path, until it is disposed of; `undefined`, and a word of it, where none can be had. */
export async function smallDisk(path: string, bytes: number): Promise<AsyncDisposable | undefined> {
  await Deno.mkdir(path);
  return await mounted(path, "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs");
}

/**
 * The same, but one that takes `bytes` and fails where more than the `realBytes` that it has are brought to it: it lies
 * in a file with holes, on a smaller one beside it.
 */
export async function hollowDisk(path: string, bytes: number, realBytes: number): Promise<AsyncDisposable | undefined> {
  const below = `${path}-below`;
  const real = await smallDisk(below, realBytes);
  if (real === undefined) return undefined;
  await using stack = new AsyncDisposableStack();
  stack.use(real);
  await Deno.mkdir(path);
  const image = `${below}/image`;
  await Deno.writeFile(image, new Uint8Array());
  await Deno.truncate(image, bytes);
  if (!await runs("mkfs.ext4", "-q", image)) return skipped();
  const disk = await mounted(path, "-o", "loop", image);
  if (disk === undefined) return undefined;
  stack.use(disk);
  return stack.move();
}

async function mounted(path: string, ...what: string[]): Promise<AsyncDisposable | undefined> {
  if (Deno.build.os !== "linux" || !await runs("mount", ...what, path)) return skipped();
  return { [Symbol.asyncDispose]: async () => void await runs("umount", path) };
}

function skipped(): undefined {
  console.log("A test of a full disk is skipped: no small file system may be mounted here.");
}

async function runs(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false; // not every machine has it
  }
}
