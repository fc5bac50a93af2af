import { frame, OPCODE } from "../load/frames.ts";
import type { Dialogue, Framing } from "./framing.ts";
import { NumberedFrames } from "./numbered.ts";
import { NUMBER, words } from "./texts.ts";

const PING = "2".charCodeAt(0);
const PONG = frame(OPCODE.text, "3");

/** Socket.IO 5 in Engine.IO 4, by its WebSocket alone: one packet a text frame, events as JSON arrays. */
export const SOCKET_IO: Framing = {
  path: "/socket.io/?EIO=4&transport=websocket",
  async logIn(line, clientId): Promise<Dialogue> {
    await line.next(); // the handshake of Engine.IO
    await line.write(frame(OPCODE.text, `40${JSON.stringify({ id: clientId })}`));
    const answer = new TextDecoder().decode(await line.next());
    if (!answer.startsWith("40")) throw new Error(`the hub answered ${clientId}'s login with ${answer}`);
    let pinged = false;
    return {
      burst(to, bytes, most) {
        const message = { id: `${clientId}_${NUMBER}`, from: clientId, to, type: "text", content: words(bytes) };
        const event = JSON.stringify(["message", { ...message, timestamp: Date.now() / 1000 }]);
        return new NumberedFrames(frame(OPCODE.text, `42${event}`), most);
      },
      hear(bytes, from, to, ends) {
        if (!ends) return 0;
        // No event is that short, and the last byte of one is a bracket.
        if (to - from !== 1 || bytes[from] !== PING) return 1;
        pinged = true;
        return 0;
      },
      answer() {
        if (!pinged) return undefined;
        pinged = false;
        return PONG;
      },
    };
  },
};
