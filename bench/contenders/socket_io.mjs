// A hub as one would write it with `socket.io`. Arguments: port, folder of the package.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [port, packages] = process.argv.slice(2);
const { Server } = createRequire(`${packages}/`)("socket.io");

const clients = new Map();
const http = createServer();

new Server(http, { maxHttpBufferSize: 2 ** 24 }).on("connection", (socket) => {
  const clientId = socket.handshake.auth.id;
  clients.set(clientId, socket);
  socket.on("message", (message) => {
    if (message.to === "all") socket.broadcast.emit("message", message);
    else clients.get(message.to)?.emit("message", message);
  });
  socket.on("disconnect", () => clients.delete(clientId));
});

http.listen(Number(port), "127.0.0.1");
