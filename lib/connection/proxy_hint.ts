import { readVariable } from "../files/environment.ts";

/**
 * What to say after a failure where the environment sends all that goes to this address through a proxy, this machine's
 * own addresses included; else nothing.
 */
export function proxyHint({ protocol, hostname }: URL): string {
  if (typeof Deno === "undefined") return ""; // a browser has settings of its own
  const own = protocol === "wss:" || protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxies = ["ALL_PROXY", own].flatMap((name) => [name, name.toLowerCase()]); // in the order that Deno takes them in
  const proxy = proxies.find(readVariable);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const direct = ["NO_PROXY", "no_proxy"].flatMap((name) => readVariable(name)?.split(",") ?? []);
  if (proxy === undefined || direct.some((entry) => entry.trim() === host)) return "";
  return `; ${proxy} names a proxy: if it does not lead there, put ${host} into NO_PROXY`;
}
