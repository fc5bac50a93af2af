import { receiveText } from "./body.ts";
import { type Call, findBucket, keyWriter, xmlResponse } from "./call.ts";
import { STEP } from "./catalog.ts";
import { OssError } from "./errors.ts";
import { readXml, type XmlElement } from "./xml.ts";

const MAX_KEYS = 1000;
const MAX_BYTES = 2 * 1024 * 1024;

/** `POST ?delete`: removes up to a thousand objects. */
export async function deleteMany(call: Call): Promise<Response> {
  const bucket = findBucket(call, call.bucket);
  const { encodingType, writeKey } = keyWriter(call);
  const request = await readXml(await receiveText(call.body, MAX_BYTES), call);
  const keys = request.all("Object").map((object) => object.textOf("Key"));
  if (request.name !== "Delete" || keys.length === 0 || keys.length > MAX_KEYS || keys.includes("")) {
    throw new OssError(400, "MalformedXML", `A Delete element holds 1 to ${MAX_KEYS} Objects with a Key.`);
  }
  for (const key of keys) call.rights.checkWrite(call.bucket, key);
  for (let done = 0; done < keys.length; done += STEP) {
    await call.turn();
    const some = keys.slice(done, done + STEP);
    call.catalog.change(() => some.forEach((key) => call.catalog.removeObject(bucket, key)));
  }
  await call.catalog.database.safe();
  if (request.textOf("Quiet").trim().toLowerCase() === "true") return new Response(null);
  return xmlResponse(["DeleteResult", [
    ["EncodingType", encodingType],
    ...keys.map((key): XmlElement => ["Deleted", [["Key", writeKey(key)]]]),
  ]]);
}
