// A hub as one would write it on Bun, whose publishing is C++ from end to end. Argument: port.
const { Bun } = globalThis;

const clients = new Map();

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch: (request, server) => server.upgrade(request, { data: {} }) ? undefined : new Response(null, { status: 426 }),
  websocket: {
    // It drops what is more than this for one receiver: none here waits for as much.
    backpressureLimit: 2 ** 30,
    maxPayloadLength: 2 ** 24,
    idleTimeout: 960,
    message(socket, text) {
      const message = JSON.parse(text);
      if (message.msg_type === "login") {
        const clientId = socket.data.clientId = message.from_client_id;
        clients.set(clientId, socket);
        socket.subscribe("all");
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
        socket.publish("all", text); // to all but itself
      } else {
        clients.get(message.to_client_id)?.send(text);
      }
    },
    close: (socket) => clients.delete(socket.data.clientId),
  },
});
