import { CrossCommError, type ErrorCode } from "../protocol/errors.ts";
import { throwIfAborted, TransientError } from "./retry.ts";

/** What ali-oss throws. */
interface OssFailure {
  /** The HTTP status, or -1 where there was no answer. */
  status?: number;
  /** OSS's own word for it. */
  code?: string;
  message: string;
  requestId?: string;
}

/** Runs a request and turns what ali-oss throws into an error of ours, or into a `TransientError`. */
export async function translated<T>(
  endpoint: string,
  what: string,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof CrossCommError || error instanceof TransientError) throw error;
    throw translate(endpoint, what, error as OssFailure);
  }
}

function translate(endpoint: string, what: string, failure: OssFailure): CrossCommError | TransientError {
  const { status = 0, code, message } = failure;
  const make = (errorCode: ErrorCode, text: string) =>
    new CrossCommError(errorCode, `${what}: ${text}`, { cause: failure });
  if (status === -1) {
    const hint = "check the endpoint, and whether the store runs";
    return new TransientError(make("STORAGE_UNREACHABLE", `no connection to ${endpoint} (${message}): ${hint}`));
  }
  if (code === "InvalidDigest") return new TransientError(damaged(what, failure));
  const said = `${endpoint} says ${code ?? status}: ${message}`;
  if (code === "InsufficientStorage") return make("STORAGE_FAILED", `${said} (make room there)`);
  if (code === "ObjectDamaged") return make("FILE_DAMAGED", said);
  if (status >= 500 || status === 429 || status === 408) {
    return new TransientError(make("STORAGE_UNREACHABLE", `${said}: try again later`));
  }
  switch (code) {
    case "NoSuchKey":
      return make("OBJECT_NOT_FOUND", "the store has no such object: it has expired, or was never there");
    case "PreconditionFailed":
      return make("FILE_CHANGED", "the object was replaced while it was received: receive it again");
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return make("STORAGE_DENIED", `${said} (check OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET)`);
    case "RequestTimeTooSkewed":
      return make("STORAGE_DENIED", `${said} (set this machine's clock)`);
    case "QuotaExceeded":
      return make("STORAGE_FAILED", said);
    case "NoSuchBucket":
      return make("STORAGE_FAILED", `${said} (check OSS_BUCKET_NAME)`);
  }
  if (status === 401 || status === 403) return make("STORAGE_DENIED", said);
  return make("STORAGE_FAILED", said);
}

/** The store has got something else than it was sent. */
export function damaged(what: string, cause?: unknown): CrossCommError {
  const why = "what the store has got is not what was sent: send it again, and check the network and both machines";
  return new CrossCommError("FILE_DAMAGED", `${what}: ${why}`, { cause });
}

/** The store could not even forget what it has got of an upload. */
export function noRoom(what: string, cause: unknown): CrossCommError {
  return new CrossCommError("STORAGE_FAILED", `${what}: the disk of the store is full: make room there`, { cause });
}
