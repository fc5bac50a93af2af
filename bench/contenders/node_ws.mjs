// A hub as one would write it on Node with `ws`. Arguments: port, folder of the package.
import { createRequire } from "node:module";

const [port, packages] = process.argv.slice(2);
const { WebSocketServer } = createRequire(`${packages}/`)("ws");

const clients = new Map();

new WebSocketServer({ host: "127.0.0.1", port: Number(port) }).on("connection", (socket) => {
  let clientId;
  socket.on("message", (data) => {
    const text = data.toString();
    const message = JSON.parse(text);
    if (message.msg_type === "login") {
      clientId = message.from_client_id;
      clients.set(clientId, socket);
      socket.send(JSON.stringify({
        msg_id: crypto.randomUUID(),
        from_client_id: "server",
        to_client_id: clientId,
        msg_type: "login_response",
        content: { status: "success" },
        timestamp: Date.now() / 1000,
        oss_key: null,
      }));
    } else if (message.to_client_id === "all") {
      for (const peer of clients.values()) {
        if (peer !== socket) peer.send(text);
      }
    } else {
      clients.get(message.to_client_id)?.send(text);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => clients.delete(clientId));
});
