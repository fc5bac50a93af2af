import { encodeBase64 } from "@std/encoding/base64";
import type { AnyMessage } from "../../client.ts";
import type { Output } from "./output.ts";

/** Whose way of showing an image in a terminal: kitty's protocol takes PNG, iTerm2's what browsers take. */
export type Graphics = "kitty" | "iterm2";

/** Larger files are not shown. */
const MAX_BYTES = 4 * 1024 * 1024;
/** How much room an image gets, in cells of the terminal. */
const MAX_ROWS = 12;
const MAX_COLUMNS = 60;
/** What a cell is taken to be in pixels, so that a small image stays small. */
const CELL = { width: 10, height: 20 };
/** No piece of base64 may be longer in kitty's protocol. */
const KITTY_CHUNK = 4096;

/** What JPEG, GIF and WebP begin with, byte by byte as characters. */
const OTHER_IMAGES = /^(\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP)/;

/** Shows the images that were downloaded, where standard output is a terminal that is known to do so. */
export function imagePreviews(output: Output, downloads: boolean): (message: AnyMessage) => Promise<void> {
  const isWanted = downloads && !output.json && !Deno.noColor && Deno.stdout.isTerminal();
  const graphics = isWanted ? graphicsOf((name) => Deno.env.get(name)) : undefined;
  return async ({ msgType, content, ossKey, downloadError }) => {
    // What was not downloaded has a content that its sender wrote.
    if (graphics === undefined || msgType !== "image" || ossKey === null || downloadError !== null) return;
    const bytes = await readSmall(content);
    const shown = bytes && inlineImage(bytes, graphics);
    if (shown !== undefined) output.print(shown);
  };
}

/** What the terminal that this environment describes can do. Within tmux and screen, which pass none of it on, nothing. */
export function graphicsOf(env: (name: string) => string | undefined): Graphics | undefined {
  const [term = "", program = ""] = [env("TERM"), env("TERM_PROGRAM")];
  if (env("TMUX") || env("STY") || /^(tmux|screen|dumb)/.test(term)) return undefined;
  if (/^(iTerm\.app|WezTerm)$/.test(program) || env("LC_TERMINAL") === "iTerm2") return "iterm2";
  if (/^xterm-(kitty|ghostty)$/.test(term) || program === "ghostty" || env("KITTY_WINDOW_ID")) return "kitty";
}

/** What a terminal shows as this image; `undefined` where it would not. Nothing in it but numbers and base64 is the image's. */
export function inlineImage(bytes: Uint8Array, graphics: Graphics): string | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const size = pngSize(bytes);
  const isOther = graphics === "iterm2" && OTHER_IMAGES.test(beginning(bytes, 12));
  if (size === undefined && !isOther) return undefined;
  const room = size === undefined ? { rows: MAX_ROWS } : roomFor(size);
  return graphics === "kitty" ? kittyImage(bytes, room) : iterm2Image(bytes, room);
}

/** Room for an image in one direction; the other follows. */
interface Room {
  rows?: number;
  columns?: number;
}

function iterm2Image(bytes: Uint8Array, { rows, columns }: Room): string {
  const room = columns === undefined ? `height=${rows}` : `width=${columns}`;
  return `\x1b]1337;File=inline=1;size=${bytes.length};${room};preserveAspectRatio=1:${encodeBase64(bytes)}\x07`;
}

/** With `q=2`, for what the terminal would answer would be taken for typed. */
function kittyImage(bytes: Uint8Array, { rows, columns }: Room): string {
  const room = columns === undefined ? `r=${rows}` : `c=${columns}`;
  const base64 = encodeBase64(bytes);
  let text = "";
  for (let at = 0; at < base64.length; at += KITTY_CHUNK) {
    const more = at + KITTY_CHUNK < base64.length ? 1 : 0;
    const keys = at === 0 ? `a=T,f=100,q=2,${room},m=${more}` : `q=2,m=${more}`;
    text += `\x1b_G${keys};${base64.slice(at, at + KITTY_CHUNK)}\x1b\\`;
  }
  return text;
}

function roomFor({ width, height }: { width: number; height: number }): Room {
  const [columns, rows] = [width / CELL.width, height / CELL.height];
  if (rows / MAX_ROWS >= columns / MAX_COLUMNS) return { rows: Math.min(MAX_ROWS, Math.ceil(rows)) };
  return { columns: Math.min(MAX_COLUMNS, Math.ceil(columns)) };
}

/** The size of an image in pixels where it is PNG, and none that would take all the memory of a terminal. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  // deno-lint-ignore no-control-regex -- bytes as characters
  if (bytes.length < 24 || !/^\x89PNG\r\n\x1a\n[^]{4}IHDR$/.test(beginning(bytes, 16))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return width > 0 && height > 0 && width * height <= 100_000_000 ? { width, height } : undefined;
}

function beginning(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}

async function readSmall(path: string): Promise<Uint8Array | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile && size <= MAX_BYTES ? await Deno.readFile(path) : undefined;
  } catch {
    return undefined; // somebody has moved it on already
  }
}
