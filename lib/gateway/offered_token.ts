import { Buffer } from "node:buffer";

/**
 * The token in a request's `Authorization`: as `Bearer`, or as the password of `Basic`, which is what `user:TOKEN@host`
 * in an address becomes. Other schemes are the store's.
 */
export function offeredToken(authorization: string | undefined): string | undefined {
  const [, scheme, credentials] = /^(Bearer|Basic) +(\S+) *$/i.exec(authorization ?? "") ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  const [, ...password] = Buffer.from(credentials, "base64").toString().split(":");
  return password.length === 0 ? undefined : decoded(password.join(":"));
}

/** Some clients send what stands in the address as it stands there. No token has a `%` of its own. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
