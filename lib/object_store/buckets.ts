import { type Call, findBucket, integer, isoDate, xmlResponse } from "./call.ts";
import type { Bucket } from "./catalog.ts";
import { OssError } from "./errors.ts";
import type { XmlElement } from "./xml.ts";

const MAX_BUCKETS = 100;
/** SDKs want to know where a bucket is: here. */
const LOCATION = "oss-local";
const OWNER: XmlElement = ["Owner", [["ID", "crosscomm"], ["DisplayName", "crosscomm"]]];

/** `GET` of the service. */
export function listBuckets(call: Call): Response {
  const prefix = call.query.get("prefix") ?? "";
  const marker = call.query.get("marker") ?? "";
  const max = integer(call, "max-keys", [1, 1000], MAX_BUCKETS);
  const found = call.catalog.buckets().filter(({ name }) => name.startsWith(prefix) && name > marker);
  const buckets = found.slice(0, max);
  const truncated = found.length > max;
  return xmlResponse(["ListAllMyBucketsResult", [
    ["Prefix", prefix],
    ["Marker", marker],
    ["MaxKeys", max],
    ["IsTruncated", truncated],
    ["NextMarker", truncated ? buckets.at(-1)!.name : ""],
    OWNER,
    ["Buckets", buckets.map((bucket): XmlElement => ["Bucket", describe(call, bucket)])],
  ]]);
}

/** `PUT` of a bucket, there or not. */
export async function createBucket(call: Call): Promise<Response> {
  checkName(call.bucket);
  if (call.catalog.bucket(call.bucket) === undefined && call.catalog.buckets().length >= MAX_BUCKETS) {
    throw new OssError(400, "TooManyBuckets", `There can be ${MAX_BUCKETS} buckets here.`);
  }
  call.catalog.addBucket(call.bucket);
  await call.catalog.database.safe();
  return new Response(null, { headers: { location: `/${call.bucket}` } });
}

/** `DELETE` of a bucket. */
export async function deleteBucket(call: Call): Promise<Response> {
  if (!call.catalog.removeBucket(findBucket(call, call.bucket))) {
    throw new OssError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.");
  }
  await call.catalog.database.safe();
  return new Response(null, { status: 204 });
}

/** `?bucketInfo` */
export function getBucketInfo(call: Call): Response {
  const bucket = findBucket(call, call.bucket);
  return xmlResponse(["BucketInfo", [["Bucket", [
    ...describe(call, bucket),
    OWNER,
    ["AccessControlList", [["Grant", "private"]]],
    ["DataRedundancyType", "LRS"],
  ]]]]);
}

/** `?location` */
export function getBucketLocation(call: Call): Response {
  findBucket(call, call.bucket);
  return xmlResponse(["LocationConstraint", LOCATION]);
}

/** @throws {OssError} `InvalidBucketName`. */
export function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return;
  const message = "A bucket's name is 3 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.";
  throw new OssError(400, "InvalidBucketName", message, { details: { BucketName: name } });
}

function describe(call: Call, { name, created }: Bucket): XmlElement[] {
  // SDKs that ask where a bucket is go on to ask there.
  const host = (call.headers.get("host") ?? "localhost").replace(new RegExp(`^${call.bucket || "\\."}\\.`, "i"), "");
  return [
    ["Name", name],
    ["CreationDate", isoDate(created)],
    ["Location", LOCATION],
    ["ExtranetEndpoint", host],
    ["IntranetEndpoint", host],
    ["StorageClass", "Standard"],
  ];
}
