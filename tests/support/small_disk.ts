/** A file system of so many bytes at the path, until it is disposed of; `undefined`, and a word of it, where none can be had. */
export async function smallDisk(path: string, bytes: number): Promise<AsyncDisposable | undefined> {
  await Deno.mkdir(path);
  if (Deno.build.os !== "linux" || !await runs("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path)) {
    console.log("A test of a full disk is skipped: no small file system may be mounted here.");
    return undefined;
  }
  return { [Symbol.asyncDispose]: async () => void await runs("umount", path) };
}

async function runs(program: string, ...args: string[]): Promise<boolean> {
  return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
}
