/** The least a hub on Deno can be: parse, look up, send the same text on. No checks, no limits, nothing kept. */

const clients = new Map<string, WebSocket>();

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  let clientId = "";
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
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
        if (peer !== socket) peer.send(event.data);
      }
    } else {
      clients.get(message.to_client_id)?.send(event.data);
    }
  };
  socket.onclose = () => clients.delete(clientId);
  return response;
});
