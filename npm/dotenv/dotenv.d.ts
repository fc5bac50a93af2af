// What we use of npm:dotenv. Its own types ask for Node's, which `deno doc` cannot resolve.
export function parse(text: string): Record<string, string>;
