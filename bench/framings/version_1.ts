import { frame, OPCODE } from "../load/frames.ts";
import { envelope } from "./envelope.ts";
import type { Dialogue, Framing } from "./framing.ts";
import { NumberedFrames } from "./numbered.ts";
import { words } from "./texts.ts";

/** One envelope a text frame: what deployed clients speak, and with them the hubs that stand in for theirs. */
export const VERSION_1: Framing = {
  path: "/",
  async logIn(line, clientId): Promise<Dialogue> {
    await line.write(frame(OPCODE.text, envelope(clientId, "server", "login", {})));
    await acceptance(() => line.next(), clientId);
    return {
      burst: (to, bytes, most) =>
        new NumberedFrames(frame(OPCODE.text, envelope(clientId, to, "text", words(bytes))), most),
      heartbeat: frame(OPCODE.text, envelope(clientId, "server", "heartbeat", {})),
      hear: (_bytes, _from, _to, ends) => ends ? 1 : 0,
    };
  },
};

/** What the hub's answer says; rejects unless it lets the client in. */
export async function acceptance(
  next: () => Promise<Uint8Array>,
  clientId: string,
): Promise<Record<string, unknown>> {
  while (true) {
    const text = new TextDecoder().decode(await next());
    const { msg_type: type, content } = JSON.parse(text);
    if (type !== "login_response") continue; // a message to all, from somebody who was faster
    if (content?.status !== "success") throw new Error(`the hub answered ${clientId}'s login with ${text}`);
    return content;
  }
}

/** For who counts every frame as a message. */
export const WITHOUT_HEARTBEATS: Framing = {
  ...VERSION_1,
  logIn: async (line, clientId) => ({ ...await VERSION_1.logIn(line, clientId), heartbeat: undefined }),
};
