import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { graphicsOf, inlineImage } from "../../lib/cli/image_preview.ts";
import { sample } from "../files/support/sample.ts";
import { Command } from "../support/command.ts";
import { fileHub } from "../support/file_hub.ts";
import { until } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { apart } from "./crosscomm.ts";

const main = new URL("../../mod.ts", import.meta.url).href;
const PNG = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];

/** What begins like a PNG of that size, and is so many bytes long. */
function png(width: number, height: number, length = 100): Uint8Array {
  const bytes = sample(length);
  bytes.set([...PNG, 0, 0, 0, 13, ...new TextEncoder().encode("IHDR")]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

function jpeg(length: number): Uint8Array {
  const bytes = sample(length);
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  return bytes;
}

Deno.test("a terminal that shows images is known by its environment, and none within tmux or screen", () => {
  for (
    const [env, graphics] of [
      [{ TERM: "xterm-kitty" }, "kitty"],
      [{ TERM: "xterm-256color", KITTY_WINDOW_ID: "1" }, "kitty"],
      [{ TERM: "xterm-ghostty", TERM_PROGRAM: "ghostty" }, "kitty"],
      [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "iterm2"],
      [{ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }, "iterm2"],
      [{ TERM: "xterm-256color", LC_TERMINAL: "iTerm2" }, "iterm2"],
      [{ TERM: "xterm-256color" }, undefined],
      [{ TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" }, undefined],
      [{}, undefined],
      [{ TERM: "tmux-256color", TERM_PROGRAM: "tmux", KITTY_WINDOW_ID: "1" }, undefined],
      [{ TERM: "xterm-kitty", TMUX: "/tmp/tmux-0/default,1,0" }, undefined],
      [{ TERM: "screen.xterm-256color", STY: "1.pts", LC_TERMINAL: "iTerm2" }, undefined],
      [{ TERM: "dumb", TERM_PROGRAM: "iTerm.app" }, undefined],
    ] as [Record<string, string>, string | undefined][]
  ) assertEquals(graphicsOf((name) => env[name]), graphics, JSON.stringify(env));
});

Deno.test("kitty gets a PNG in pieces of base64, and is asked for no answer", () => {
  const image = png(640, 480, 10_000);
  const pieces = inlineImage(image, "kitty")!.split("\x1b\\");
  assertEquals(pieces.pop(), "");
  assertEquals(pieces.map((piece) => piece.slice(0, piece.indexOf(";") + 1)), [
    "\x1b_Ga=T,f=100,q=2,r=12,m=1;",
    "\x1b_Gq=2,m=1;",
    "\x1b_Gq=2,m=1;",
    "\x1b_Gq=2,m=0;",
  ]);
  const base64 = pieces.map((piece) => piece.slice(piece.indexOf(";") + 1));
  assert(base64.every((text) => text.length <= 4096 && text.length % 4 === 0));
  assertEquals(decodeBase64(base64.join("")), image);
});

Deno.test("iTerm2 gets an image whole, and never its name", () => {
  const image = jpeg(5000);
  assertEquals(
    inlineImage(image, "iterm2"),
    `\x1b]1337;File=inline=1;size=5000;height=12;preserveAspectRatio=1:${encodeBase64(image)}\x07`,
  );
});

Deno.test("an image gets little room, and one that is small or wide no more than it needs", () => {
  for (
    const [width, height, room] of [
      [640, 480, "height=12"],
      [4000, 3000, "height=12"],
      [16, 16, "height=1"],
      [100, 100, "height=5"],
      [4000, 100, "width=60"],
      [200, 20, "width=20"],
    ] as const
  ) assertMatch(inlineImage(png(width, height), "iterm2")!, new RegExp(`;${room};`), `${width} x ${height}`);
});

Deno.test("what is no image of a known kind, too large, or made to fill a memory is not shown", () => {
  const nothing: [string, Uint8Array][] = [
    ["text", new TextEncoder().encode("\x1b]0;hello\x07 hello hello hello")],
    ["an empty file", new Uint8Array()],
    ["a PNG that is cut off", png(5, 5).subarray(0, 20)],
    ["a PNG of 10 gigapixels", png(100_000, 100_000)],
    ["a PNG of nothing", png(0, 5)],
    ["5 MiB", png(5, 5, 5 * 1024 * 1024)],
  ];
  for (const [what, bytes] of nothing) {
    assertEquals(inlineImage(bytes, "kitty"), undefined, what);
    assertEquals(inlineImage(bytes, "iterm2"), undefined, what);
  }
  assertEquals(inlineImage(jpeg(100), "kitty"), undefined);
});

/** What `listen --download` prints at two images on a terminal, the second of which was never uploaded. */
async function printedOnTerminal(env: Record<string, string>, ...flags: string[]): Promise<string> {
  await using hub = await fileHub();
  const listen = ["listen", "--port", String(hub.port), "--client-id", "bob", "--download", hub.path("in"), ...flags];
  const command = [Deno.execPath(), "run", "-A", main, ...listen].map((word) => `'${word}'`).join(" ");
  await using terminal = new Command("script", ["-qec", command, "/dev/null"], {
    cwd: apart,
    env: { TMUX: "", STY: "", TERM_PROGRAM: "", LC_TERMINAL: "", NO_COLOR: "", KITTY_WINDOW_ID: "", ...env },
  });
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  const path = await hub.file("a.png", png(640, 480));
  await hub.server.sendMessage(path, "image", { toClientId: "bob" });
  await using mallory = await RawClient.login(hub.port, "mallory");
  mallory.sendFrame({ to_client_id: "bob", msg_type: "image", content: path, oss_key: null });
  mallory.sendFrame({ to_client_id: "bob", msg_type: "text", content: "the end", oss_key: null });
  const lines: string[] = [];
  while (!lines.at(-1)?.includes("the end")) lines.push(await terminal.line());
  return lines.join("\n");
}

const hasTerminal = Deno.build.os === "linux"; // whose `script` makes one

Deno.test({
  name: "an image that was downloaded is shown on a terminal that can, and no other",
  ignore: !hasTerminal,
  async fn() {
    const kitty = { TERM: "xterm-kitty" };
    const images = (printed: string) => printed.split(/a=T|1337;/).length - 1;
    const printed = await Promise.all([
      printedOnTerminal(kitty),
      printedOnTerminal({ TERM: "xterm-256color" }),
      printedOnTerminal({ ...kitty, NO_COLOR: "1" }),
      printedOnTerminal(kitty, "--json"),
    ]);
    assertEquals(printed.map(images), [1, 0, 0, 0]);
    assertStringIncludes(printed[0]!, inlineImage(png(640, 480), "kitty")!);
  },
});
