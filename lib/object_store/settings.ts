/** What an object store is set to. Sizes are in bytes, times in seconds; `Infinity` lifts a limit. */
export interface ObjectStoreSettings {
  /** Where everything is kept. Made when it is not there. */
  folder: string;
  /** The bucket that there always is. */
  bucket: string;
  /** How large one object may be. */
  maxObjectBytes: number;
  /** How much one bucket may hold, unfinished uploads included. */
  maxBucketBytes: number;
  /** How much of the disk stays free. */
  minFreeBytes: number;
  /** How long an object is kept after it was last written. */
  objectLifetime: number;
  /** How long an upload in parts is kept after its last part. */
  uploadLifetime: number;
  /** How long a sender may be silent in the middle of a body. */
  maxSilence: number;
}

const GIB = 1024 ** 3;
const DAY = 24 * 60 * 60;

/** What a store is set to where nobody says otherwise. */
export const DEFAULT_SETTINGS: Omit<ObjectStoreSettings, "folder"> = {
  bucket: "crosscomm",
  maxObjectBytes: 16 * GIB,
  maxBucketBytes: 64 * GIB,
  minFreeBytes: GIB,
  objectLifetime: 30 * DAY,
  uploadLifetime: 2 * DAY,
  maxSilence: 60,
};
