import { byteLength } from "./item.ts";
import { asObject, member } from "./login.ts";

/** A client that the hub knows. */
export interface ClientInfo {
  /** Its id. */
  clientId: string;
  /** Whether it is logged in and has been heard of within the heartbeat timeout. */
  status: "online" | "offline";
  /** When it was last heard of, in seconds since 1970. */
  lastHeartbeat: number;
  /** When it logged in, in seconds since 1970; `null` if it has not since the hub started. */
  loginTime: number | null;
}

/** What `listClients` resolves to. */
export interface ClientList {
  /** The clients. A hub leaves out what would make its answer larger than a deployed SDK accepts. */
  clients: ClientInfo[];
  /** How many there are. */
  totalCount: number;
  /** Whether offline clients were left out. */
  onlyShowOnline: boolean;
}

/** The JSON text of the content of a `list_clients` request. */
export function encodeListRequest(onlyShowOnline: boolean): string {
  return JSON.stringify(JSON.stringify({ only_show_online: onlyShowOnline }));
}

/** Whether a `list_clients` request asks for online clients alone. As in Python, saying nothing asks for all. */
export function decodeListRequest(content: unknown): boolean {
  return member(asObject(content), "only_show_online") === true;
}

/** The JSON text of the content of a `list_clients_response`, of about `limit` bytes at most. */
export function encodeClientList(list: ClientList, limit: number): string {
  const clients: string[] = [];
  let size = 0;
  for (const client of list.clients) {
    const json = JSON.stringify({
      client_id: client.clientId,
      status: client.status,
      last_heartbeat: client.lastHeartbeat,
      login_time: client.loginTime,
    });
    size += byteLength(JSON.stringify(json));
    if (size > limit) break;
    clients.push(json);
  }
  return JSON.stringify(
    `{"clients":[${clients}],"total_count":${list.totalCount},"only_show_online":${list.onlyShowOnline}}`,
  );
}

/** Reads the content of a `list_clients_response`; `undefined` where it is none. */
export function decodeClientList(content: unknown): ClientList | undefined {
  const list = asObject(content);
  const clients = member(list, "clients");
  if (!Array.isArray(clients)) return undefined;
  return {
    clients: clients.map((client) => ({
      clientId: String(member(client, "client_id")),
      status: member(client, "status") === "online" ? "online" : "offline",
      lastHeartbeat: Number(member(client, "last_heartbeat") ?? 0),
      loginTime: typeof member(client, "login_time") === "number" ? member(client, "login_time") as number : null,
    })),
    totalCount: Number(member(list, "total_count") ?? clients.length),
    onlyShowOnline: member(list, "only_show_online") === true,
  };
}
