/** A variable of the environment. Never asks for the permission: what may not be read is not set. */
export function readVariable(variable: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return undefined;
  return Deno.env.get(variable);
}
