/**
 * What counts as one address: an IPv4 address, however it is written, or the first half of an IPv6 address, for whoever
 * has one has all that begin like it. `undefined` where the system tells none, as Deno 2.4 does.
 */
export function peerAddress(remoteAddress: string | undefined): string | undefined {
  if (remoteAddress === undefined || !remoteAddress.includes(":")) return remoteAddress;
  const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress);
  if (inside !== null) return inside[1];
  const [head = "", tail] = remoteAddress.replace(/%.*/, "").split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  while (groups.length + rest.length < 8) groups.push("0");
  return `${[...groups, ...rest].slice(0, 4).join(":")}::/64`;
}
