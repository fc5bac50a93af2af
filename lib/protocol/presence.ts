import type { ClientInfo } from "./client_list.ts";
import { asObject, member } from "./login.ts";

/** A client that has come online, or has gone offline. */
export interface PresenceChange {
  /** Its id. */
  clientId: string;
  /** How it stands now, as `listClients` would show it. */
  status: ClientInfo["status"];
}

/** What one `presence` tells. */
export interface PresenceReport {
  clients: PresenceChange[];
  /** Whether another one follows before the client has been told all there is. */
  more: boolean;
}

/** The JSON text of the content of a `presence`. */
export function encodePresence({ clients, more }: PresenceReport): string {
  return JSON.stringify({
    clients: clients.map(({ clientId, status }) => ({ client_id: clientId, status })),
    more: more || undefined,
  });
}

/** Reads the content of a `presence`; `undefined` where it is none. Entries that make no sense are left out. */
export function decodePresence(content: unknown): PresenceReport | undefined {
  const report = asObject(content);
  const entries = member(report, "clients");
  if (!Array.isArray(entries)) return undefined;
  const clients: PresenceChange[] = [];
  for (const entry of entries) {
    const [clientId, status] = [member(entry, "client_id"), member(entry, "status")];
    if (typeof clientId !== "string" || status !== "online" && status !== "offline") continue;
    clients.push({ clientId, status });
  }
  return { clients, more: member(report, "more") === true };
}
