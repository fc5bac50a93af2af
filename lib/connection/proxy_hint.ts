import { readVariable } from "../files/environment.ts";

/**
 * What to say after a failure where the environment sends all that goes to this address through a proxy, this machine's
 * own addresses included; else nothing.
 */
export function proxyHint({ protocol, hostname }: URL): string {
  if (typeof Deno === "undefined") return ""; // a browser has settings of its own
  const isSecure = protocol === "wss:" || protocol === "https:";
  const proxies = [isSecure ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const proxy = proxies.find(readVariable);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const direct = ["NO_PROXY", "no_proxy"].flatMap((name) => readVariable(name)?.split(",") ?? []);
  if (proxy === undefined || direct.some((entry) => entry.trim() === host)) return "";
  return `; ${proxy} names a proxy: if it does not lead there, put ${host} into NO_PROXY`;
}
