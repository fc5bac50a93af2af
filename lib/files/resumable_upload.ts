import type { Storage } from "./storage.ts";
import type { UploadCheckpoint } from "./upload_checkpoints.ts";

/** A store as one sends to it. */
export type Target = Pick<Storage, "put" | "upload">;

/** A store whose upload in parts goes on where a program was killed, and can be gone on with where this one is. */
export function resumable(storage: Target, checkpoint: UploadCheckpoint): Target {
  return {
    put: (...args) => storage.put(...args),
    async upload(key, signal) {
      const begun = await checkpoint.read();
      const upload = await storage.upload(key, signal, begun?.uploadId);
      await checkpoint.write({ key, uploadId: upload.id });
      return {
        id: upload.id,
        put: (...args) => upload.put(...args),
        async complete(whole) {
          await upload.complete(whole);
          await checkpoint.remove();
        },
        async abandon() {
          await checkpoint.remove();
          await upload.abandon();
        },
      };
    },
  };
}
