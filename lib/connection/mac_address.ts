/**
 * The hardware address of one of this machine's network interfaces, or `undefined` where it cannot be read:
 * in a browser, without the permission, or with no interface that has one. Never asks for a permission.
 */
export function macAddress(): string | undefined {
  if (typeof Deno === "undefined") return undefined;
  try {
    const permission = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" });
    if (permission.state !== "granted") return undefined;
    return Deno.networkInterfaces().find(({ mac }) => !/^(00:?)+$/.test(mac))?.mac;
  } catch {
    return undefined; // a system that does not tell
  }
}
