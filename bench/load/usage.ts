/** What the processes use, as the system sees it. */

export interface Usage {
  /** Seconds of processor time so far, of every thread; undefined where the system does not tell it finely enough. */
  cpuSeconds: number | undefined;
  residentBytes: number;
}

/** `cat` and `ps` rather than reading files: Deno allows /proc only to programs that may do everything. */
export async function usage(pid: number): Promise<Usage> {
  if (Deno.build.os !== "linux") {
    const kibibytes = await output("ps", ["-o", "rss=", "-p", String(pid)]);
    return { cpuSeconds: undefined, residentBytes: Number(kibibytes) * 1024 };
  }
  const text = await output("cat", [`/proc/${pid}/stat`, `/proc/${pid}/status`]);
  // The second field is the program's name in brackets, which may hold anything; utime and stime are 14 and 15.
  const fields = text.slice(text.lastIndexOf(")", text.indexOf("\n")) + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    cpuSeconds: ticks / 100,
    residentBytes: Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1]) * 1024,
  };
}

/** A hub's and our own. */
export async function usages(hub: { pid: number }): Promise<{ hub: Usage; load: Usage }> {
  const [theirs, own] = await Promise.all([usage(hub.pid), usage(Deno.pid)]);
  return { hub: theirs, load: own };
}

/** How much of one core was used in between. */
export function share(from: Usage, to: Usage, seconds: number): number | undefined {
  if (from.cpuSeconds === undefined || to.cpuSeconds === undefined) return undefined;
  return (to.cpuSeconds - from.cpuSeconds) / seconds;
}

async function output(program: string, args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
  if (!success) throw new Error("the hub's process is gone");
  return new TextDecoder().decode(stdout);
}
