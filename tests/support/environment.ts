/**
 * Loaded before the tests: what whoever runs them has set for hubs, clients and stores of their own, for colours and for
 * a proxy is not what the tests, and the programs they start, are to go by.
 */
const LOCAL = "127.0.0.1,localhost,::1";

for (const name of Object.keys(Deno.env.toObject())) {
  if (/^(CROSSCOMM|OSS)_|^(NO|FORCE)_COLOR$/.test(name)) Deno.env.delete(name);
}
const direct = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
if (!direct.includes(LOCAL)) {
  for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, direct === "" ? LOCAL : `${direct},${LOCAL}`);
}
