export interface LoadOptions {
  /** The file to read; null reads none. Default: ".env" */
  envPath?: string | URL | null;
  /** Whether to set, in this process's environment, what is not set there. */
  export?: boolean;
}

/** Reads a .env file. A file that does not exist says nothing. */
export async function load(options: LoadOptions = {}): Promise<Record<string, string>> {
  const { envPath = ".env" } = options;
  const text = envPath ? await readIfExists(envPath) : "";
  if (text === "") return {};
  const { parse } = await import("./parse.ts"); // npm:dotenv takes longer to load than all else here
  const env = parse(text);
  if (options.export) {
    for (const [key, value] of Object.entries(env)) {
      if (Deno.env.get(key) === undefined) Deno.env.set(key, value);
    }
  }
  return env;
}

async function readIfExists(path: string | URL): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
