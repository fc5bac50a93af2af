import type { Address, Target } from "./address.ts";
import type { Credentials, Holder, IsStillValid } from "./credentials.ts";
import { accessDenied, OssError } from "./errors.ts";
import { type Claim, malformedAuthorization, type SignedRequest } from "./signature.ts";
import { claimOfHeaderV1, claimOfUrlV1 } from "./signature_v1.ts";
import { ALGORITHM_V4, claimOfHeaderV4, claimOfUrlV4 } from "./signature_v4.ts";

/** Who sent a request, and what it is about. */
export interface Authenticated {
  holder: Holder;
  target: Target;
}

/**
 * Finds out who signed a request, and which reading of its address they signed.
 *
 * @throws {OssError} 403, or 400 where the request makes no sense; neither says anything of what is in the store.
 */
export function authenticate(
  credentials: Credentials,
  isStillValid: IsStillValid,
  method: string,
  headers: Headers,
  { readings, query }: Address,
): Authenticated {
  const claim = readClaim({ method, headers, query });
  const found = credentials.find(claim.accessKeyId);
  if (found === undefined) {
    throw new OssError(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.");
  }
  const { secret, holder } = found;
  const target = readings.find((target) => claim.signs(secret, target));
  if (target === undefined) {
    const message = "The request signature we calculated does not match the signature you provided. " +
      "Check your key and signing method.";
    throw new OssError(403, "SignatureDoesNotMatch", message);
  }
  const now = Date.now();
  claim.checkTime(now);
  if (holder.kind === "client" && holder.expires * 1000 < now) {
    throw new OssError(403, "SecurityTokenExpired", "This access key has expired: log in to the hub for a new one.");
  }
  if (holder.kind === "client" && !isStillValid(holder.subject, holder.clientId)) {
    throw new OssError(
      403,
      "SecurityTokenExpired",
      "The login that this access key was lent for is not valid any more.",
    );
  }
  return { holder, target };
}

function readClaim(request: SignedRequest): Claim {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    if (authorization.startsWith(`${ALGORITHM_V4} `)) return claimOfHeaderV4(request, authorization);
    if (authorization.startsWith("OSS ")) return claimOfHeaderV1(request, authorization);
    throw malformedAuthorization(`signatures are of version 1 or 4 (OSS …, ${ALGORITHM_V4} …)`);
  }
  if (request.query.get("x-oss-signature-version") === ALGORITHM_V4) return claimOfUrlV4(request);
  if (request.query.has("OSSAccessKeyId")) return claimOfUrlV1(request);
  throw accessDenied("Anonymous access is forbidden for this operation: sign the request.");
}
