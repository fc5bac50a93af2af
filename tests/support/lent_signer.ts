import { Signer } from "../object_store/signer.ts";
import type { RawClient } from "./raw_client.ts";

/** Logs `ann` in on a connection, and signs with the access key that the hub lends her. */
export async function lentSigner(port: number, ann: RawClient): Promise<Signer> {
  const { storage } = (await ann.login("ann", { limits: { frame_bytes: 1_000_000 } })).content;
  return new Signer(port, { accessKeyId: storage.access_key_id, accessKeySecret: storage.access_key_secret });
}
