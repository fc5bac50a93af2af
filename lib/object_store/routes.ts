import { appendObject } from "./append.ts";
import { createBucket, deleteBucket, getBucketInfo, getBucketLocation, listBuckets } from "./buckets.ts";
import type { Call } from "./call.ts";
import { deleteMany } from "./delete_many.ts";
import { invalidArgument, OssError } from "./errors.ts";
import { listObjects, listUploads } from "./listing.ts";
import { abortUpload, completeUpload, copyPart, initiateUpload, listParts, uploadPart } from "./multipart.ts";
import { getAcl, getObject } from "./objects_read.ts";
import { copyObject, deleteObject, putObject } from "./objects_write.ts";
import { isAction } from "./subresources.ts";

type Handler = (call: Call) => Response | Promise<Response>;
type Right = (call: Call) => void;

const owner: Right = ({ rights }) => rights.checkOwner();
const read: Right = ({ rights, bucket }) => rights.checkRead(bucket);
const write: Right = ({ rights, bucket, key }) => rights.checkWrite(bucket, key);
const list: Right = ({ rights, bucket, query }) => rights.checkList(bucket, query.get("prefix") ?? "");
const writePrefix: Right = ({ rights, bucket, query }) => rights.checkWrite(bucket, query.get("prefix") ?? "");

/**
 * All that there is: the method, what the address must ask for, the right it takes, and what answers. A copy is a PUT
 * with a header that says so.
 */
const ROUTES: Record<"service" | "bucket" | "object", Record<string, [Right, Handler]>> = {
  service: {
    "GET": [owner, listBuckets],
  },
  bucket: {
    "GET": [list, listObjects],
    "PUT": [owner, createBucket],
    "DELETE": [owner, deleteBucket],
    "GET acl": [owner, getAcl],
    "GET bucketInfo": [read, getBucketInfo],
    "GET location": [read, getBucketLocation],
    "GET uploads": [writePrefix, listUploads],
    "POST delete": [read, deleteMany], // which looks at every key's right
  },
  object: {
    "GET": [read, getObject],
    "HEAD": [read, getObject],
    "PUT": [write, putObject],
    "PUT copy": [write, copyObject],
    "DELETE": [write, deleteObject],
    "GET acl": [read, getAcl],
    "GET objectMeta": [read, getObject],
    "HEAD objectMeta": [read, getObject],
    "POST append": [write, appendObject],
    "POST uploads": [write, initiateUpload],
    "GET uploadId": [write, listParts],
    "PUT uploadId": [write, uploadPart],
    "PUT copy uploadId": [write, copyPart],
    "POST uploadId": [write, completeUpload],
    "DELETE uploadId": [write, abortUpload],
  },
};

/** Answers a call. @throws {OssError} where it has no right to, or there is no such thing. */
export async function route(call: Call): Promise<Response> {
  if (call.query.has("partNumber") && !call.query.has("uploadId")) {
    throw invalidArgument("uploadId", "", "A part needs an uploadId.");
  }
  const actions = [...call.query.keys()].filter(isAction);
  if (call.method === "PUT" && call.headers.has("x-oss-copy-source")) actions.push("copy");
  const kind = call.bucket === "" ? "service" : call.key === "" ? "bucket" : "object";
  const name = [call.method, ...actions.sort()].join(" ");
  const found = Object.hasOwn(ROUTES[kind], name) ? ROUTES[kind][name] : undefined;
  if (found !== undefined) {
    const [right, handler] = found;
    right(call);
    return await handler(call);
  }
  call.rights.checkRead(call.bucket);
  if (actions.length > 0) throw new OssError(501, "NotImplemented", `This store has no ${name} of a ${kind}.`);
  throw new OssError(405, "MethodNotAllowed", `The method ${call.method} is not allowed against this resource.`);
}
