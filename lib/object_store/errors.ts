/** A request that is refused, in the words of OSS: SDKs branch on the code, people read the message. */
export class OssError extends Error {
  override readonly name = "OssError";
  readonly status: number;
  readonly code: string;
  /** Further elements of the answer's XML. */
  readonly details: Record<string, string>;
  /** Further headers of the answer. */
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    { details = {}, headers = {} }: { details?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

export function accessDenied(message: string): OssError {
  return new OssError(403, "AccessDenied", message);
}

export function invalidArgument(name: string, value: string, message: string): OssError {
  return new OssError(400, "InvalidArgument", message, { details: { ArgumentName: name, ArgumentValue: value } });
}

export function noSuchBucket(name: string): OssError {
  return new OssError(404, "NoSuchBucket", "The specified bucket does not exist.", { details: { BucketName: name } });
}

export function noSuchKey(key: string): OssError {
  return new OssError(404, "NoSuchKey", "The specified key does not exist.", { details: { Key: key } });
}

export function noSuchUpload(id: string): OssError {
  const message = "The specified upload does not exist. It may have been completed, aborted or given up.";
  return new OssError(404, "NoSuchUpload", message, { details: { UploadId: id } });
}

/** What a failure of the system means to whoever sent the request; `undefined` where it means nothing to them. */
export function fromSystemError(error: unknown): OssError | undefined {
  // ENOSPC and EDQUOT, in the words of Linux, macOS and Windows; SQLite says "full".
  if (/os error (28|69|112|122)\b|ENOSPC|EDQUOT|database or disk is full/.test(String(error))) {
    return new OssError(507, "InsufficientStorage", "The disk of this store is full.");
  }
}
