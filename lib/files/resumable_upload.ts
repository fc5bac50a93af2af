import type { Storage } from "./storage.ts";
import type { UploadCheckpoint } from "./upload_checkpoints.ts";

/** A store as one sends to it. */
export type Target = Pick<Storage, "put" | "upload">;

/** A store whose upload in parts goes on where a program was killed, and can be gone on with where this one is. */
export function resumable(storage: Target, checkpoint: UploadCheckpoint): Target {
  return {
    put: (...args) => storage.put(...args),
    async upload(key, sha256, signal) {
      const begun = await checkpoint.read();
      const upload = await storage.upload(key, sha256, signal, begun?.uploadId);
      await checkpoint.write({ key, uploadId: upload.id });
      return {
        id: upload.id,
        put: (...args) => upload.put(...args),
        async complete(size, sha256) {
          await upload.complete(size, sha256);
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
