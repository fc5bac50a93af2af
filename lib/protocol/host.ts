/**
 * An address as it stands in a URL for those who want to reach it. An address to listen on is none to connect to, except
 * on Linux: it stands for this machine.
 */
export function reachableHost(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  const isBareIpv6 = address.includes(":") && !/[@[]/.test(address);
  return isBareIpv6 ? `[${address}]` : address;
}
