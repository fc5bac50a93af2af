import { Buffer } from "node:buffer";
import type { Database, Value } from "./database.ts";

/** A bucket, and what is in it: `bytes` includes unfinished uploads. */
export interface Bucket {
  id: number;
  name: string;
  /** Times are in milliseconds since 1970. */
  created: number;
  objects: number;
  bytes: number;
}

/** A stretch of a content file. */
export interface Piece {
  blob: string;
  start: number;
  length: number;
}

/** A piece, and which one of its object it is. */
export interface NumberedPiece extends Piece {
  number: number;
}

/** How an object came to be. */
export type ObjectType = "Normal" | "Multipart" | "Appendable";

/** What is known of content: enough to tell whether it is the same. */
export interface Content {
  size: number;
  /** Without quotes. */
  etag: string;
  crc: bigint;
}

/** What is known of an object. */
export interface StoredObject extends Content {
  holder: number;
  key: string;
  type: ObjectType;
  /** Those of its headers that were given with it. */
  headers: Record<string, string>;
  modified: number;
}

/** An object, as it is written. */
export type NewObject = Omit<StoredObject, "holder" | "modified">;

interface ObjectRow {
  holder: number;
  key: Uint8Array;
  type: ObjectType;
  size: number;
  etag: string;
  crc: string;
  headers: string;
  modified: number;
}

/** What an object or part is made of: pieces, or the number of a holder that was prepared. */
export type Made = Piece[] | number;

/** So many pieces or parts are noted down, or removed, in one go. */
export const STEP = 64;

/** No key begins with this byte, which UTF-8 does not have. */
const AFTER_ALL = new Uint8Array([0xff]);

/**
 * What buckets and objects there are, and what they consist of. Content files that fall out of use go to `onUnused`;
 * `onRubbish` is called when there is something to remove with `removeRubbish`.
 */
export class Catalog {
  readonly database: Database;
  readonly #onUnused: (blobs: string[]) => void;
  readonly onRubbish: () => void;
  #lastHolder: number;
  /** Those of nobody's holders that are to become somebody's. */
  readonly #prepared = new Set<number>();
  /** What fell out of use in the change that is going on. */
  #unused: Set<string> | undefined;

  constructor(database: Database, onUnused: (blobs: string[]) => void, onRubbish: () => void) {
    this.database = database;
    this.#onUnused = onUnused;
    this.onRubbish = onRubbish;
    this.#lastHolder = database.get<{ last: number }>(
      "SELECT max(ifnull((SELECT max(holder) FROM objects), 0), ifnull((SELECT max(holder) FROM parts), 0), " +
        "ifnull((SELECT max(holder) FROM nobodys), 0)) AS last",
    )!.last;
  }

  bucket(name: string): Bucket | undefined {
    return this.database.get("SELECT * FROM buckets WHERE name = ?", name);
  }

  buckets(): Bucket[] {
    return this.database.all("SELECT * FROM buckets ORDER BY name");
  }

  /** Makes a bucket, unless there is one. */
  addBucket(name: string): void {
    this.database.run("INSERT OR IGNORE INTO buckets (name, created) VALUES (?, ?)", name, Date.now());
  }

  /** Removes a bucket. False where there is something in it. */
  removeBucket(bucket: Bucket): boolean {
    return this.database.run(
      "DELETE FROM buckets WHERE id = ? AND id NOT IN (SELECT bucket FROM objects WHERE bucket = ?) " +
        "AND id NOT IN (SELECT bucket FROM uploads WHERE bucket = ?)",
      bucket.id,
      bucket.id,
      bucket.id,
    ) > 0;
  }

  object(bucket: Bucket, key: string): StoredObject | undefined {
    const row = this.database.get<ObjectRow>(
      "SELECT * FROM objects WHERE bucket = ? AND key = ?",
      bucket.id,
      Buffer.from(key),
    );
    return row && readObject(row);
  }

  /** Objects in the order of their keys, those from `first` on and before `end`. */
  objects(bucket: Bucket, first: Uint8Array, end: Uint8Array | undefined, limit: number): StoredObject[] {
    return this.database.all<ObjectRow>(
      "SELECT * FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
      bucket.id,
      first,
      end ?? AFTER_ALL,
      limit,
    ).map(readObject);
  }

  /** Writes an object, in the place of the one that was there. */
  putObject(bucket: Bucket, object: NewObject, made: Made): StoredObject {
    return this.change(() => {
      this.#removeObject(bucket.id, Buffer.from(object.key));
      return this.#addObject(bucket, this.hold(made), object);
    });
  }

  /** Writes an object that goes on after the one that was there with more pieces: the others stay as they are. */
  extendObject(bucket: Bucket, { holder }: StoredObject, object: NewObject, more: Piece[]): StoredObject {
    return this.change(() => {
      this.database.run("DELETE FROM objects WHERE holder = ?", holder);
      this.#addPieces(holder, more);
      return this.#addObject(bucket, holder, object);
    });
  }

  /** Removes an object. False where there was none. */
  removeObject(bucket: Bucket, key: string): boolean {
    return this.change(() => this.#removeObject(bucket.id, Buffer.from(key)));
  }

  /** Removes some of the objects that were last written before `time`, up to `limit`; returns how many. */
  removeOlder(time: number, limit: number): number {
    const rows = this.database.all<{ bucket: number; key: Uint8Array }>(
      "SELECT bucket, key FROM objects WHERE modified < ? ORDER BY modified LIMIT ?",
      time,
      limit,
    );
    this.change(() => rows.forEach(({ bucket, key }) => this.#removeObject(bucket, key)));
    return rows.length;
  }

  /** What an object or part consists of, in order. */
  pieces(holder: number): Piece[] {
    return this.database.all("SELECT blob, start, length FROM pieces WHERE holder = ? ORDER BY number", holder);
  }

  /** The last pieces of an object, in order: as many as there are, up to `limit`. */
  lastPieces(holder: number, limit: number): NumberedPiece[] {
    return this.database.all<NumberedPiece>(
      "SELECT number, blob, start, length FROM pieces WHERE holder = ? ORDER BY number DESC LIMIT ?",
      holder,
      limit,
    ).reverse();
  }

  /** Puts fewer pieces of the same content in the place of some, if these are all still there. */
  replacePieces(holder: number, old: NumberedPiece[], pieces: Piece[]): void {
    this.change(() => {
      const removed = old.filter(({ number, blob }) =>
        this.database.run("DELETE FROM pieces WHERE holder = ? AND number = ? AND blob = ?", holder, number, blob) > 0
      );
      if (removed.length < old.length) throw new Error("another has changed the object meanwhile");
      old.forEach(({ blob }) => this.#unused!.add(blob));
      pieces.forEach((piece, index) => this.#addPiece(holder, old[index]!.number, piece));
    });
  }

  /** Whether anything consists of this content file. */
  uses(blob: string): boolean {
    return this.database.get("SELECT 1 FROM pieces WHERE blob = ? LIMIT 1", blob) !== undefined;
  }

  /** Does all of `action` or nothing. Changes may consist of changes. */
  change<Result>(action: () => Result): Result {
    if (this.#unused !== undefined) return action();
    const unused = this.#unused = new Set<string>();
    try {
      const result = this.database.transaction(action);
      const blobs = [...unused].filter((blob) => !this.uses(blob));
      if (blobs.length > 0) this.#onUnused(blobs);
      return result;
    } finally {
      this.#unused = undefined;
    }
  }

  /** Notes down what a new object or part consists of; returns its number. In a change. */
  hold(made: Made): number {
    if (typeof made === "number") {
      this.database.run("DELETE FROM nobodys WHERE holder = ?", made);
      return made;
    }
    const holder = ++this.#lastHolder;
    this.#addPieces(holder, made);
    return holder;
  }

  /** Begins a holder that nobody has yet, for more pieces than are noted down in one go. */
  prepare(): number {
    const holder = ++this.#lastHolder;
    this.database.run("INSERT INTO nobodys VALUES (?)", holder);
    this.#prepared.add(holder);
    return holder;
  }

  /** Notes down more of what a holder will consist of. False where others have removed some of that meanwhile. */
  addPrepared(holder: number, pieces: Piece[]): boolean {
    return this.change(() => {
      if (!pieces.every(({ blob }) => this.uses(blob))) return false;
      this.#addPieces(holder, pieces);
      return true;
    });
  }

  /** To be called in the end: a holder that is still nobody's is rubbish. */
  endPrepared(holder: number): void {
    this.#prepared.delete(holder);
    this.onRubbish();
  }

  /** Forgets what an object or part consisted of: as much as goes at once, and the rest is rubbish. In a change. */
  release(holder: number): void {
    const room = Math.max(STEP - this.#unused!.size, 0);
    if (this.#removePieces(holder, room)) return;
    this.database.run("INSERT INTO nobodys VALUES (?)", holder);
    this.onRubbish();
  }

  /** Removes a little of what is nobody's. False where there is nothing. */
  removeRubbish(): boolean {
    const nobodys = this.database.all<{ holder: number }>(
      "SELECT holder FROM nobodys LIMIT ?",
      this.#prepared.size + 1,
    );
    const found = nobodys.find(({ holder }) => !this.#prepared.has(holder));
    if (found === undefined) return false;
    this.change(() => {
      if (!this.#removePieces(found.holder, STEP)) return;
      this.database.run("DELETE FROM nobodys WHERE holder = ?", found.holder);
    });
    return true;
  }

  /** Removes up to `limit` pieces. Whether none is left. */
  #removePieces(holder: number, limit: number): boolean {
    const pieces = this.lastPieces(holder, limit + 1);
    const isAll = pieces.length <= limit;
    if (!isAll) pieces.shift();
    for (const { number, blob } of pieces) {
      this.database.run("DELETE FROM pieces WHERE holder = ? AND number = ?", holder, number);
      this.#unused!.add(blob);
    }
    return isAll;
  }

  #addPieces(holder: number, pieces: Piece[]): void {
    const { next } = this.database.get<{ next: number }>(
      "SELECT ifnull(max(number) + 1, 0) AS next FROM pieces WHERE holder = ?",
      holder,
    )!;
    pieces.forEach((piece, index) => this.#addPiece(holder, next + index, piece));
  }

  #addPiece(holder: number, number: number, { blob, start, length }: Piece): void {
    this.database.run("INSERT INTO pieces VALUES (?, ?, ?, ?, ?)", holder, number, blob, start, length);
  }

  #addObject(bucket: Bucket, holder: number, object: NewObject): StoredObject {
    const modified = Date.now();
    const { key, type, size, etag, crc, headers } = object;
    this.database.run(
      "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      holder,
      bucket.id,
      Buffer.from(key),
      type,
      size,
      etag,
      String(crc),
      JSON.stringify(headers),
      modified,
    );
    return { ...object, holder, modified };
  }

  #removeObject(bucketId: number, key: Value): boolean {
    const row = this.database.get<{ holder: number }>(
      "SELECT holder FROM objects WHERE bucket = ? AND key = ?",
      bucketId,
      key,
    );
    if (row === undefined) return false;
    this.release(row.holder);
    this.database.run("DELETE FROM objects WHERE holder = ?", row.holder);
    return true;
  }
}

function readObject(row: ObjectRow): StoredObject {
  const { key, crc, headers, holder, type, size, etag, modified } = row;
  return {
    holder,
    key: Buffer.from(key.buffer, key.byteOffset, key.length).toString(),
    type,
    size,
    etag,
    crc: BigInt(crc),
    headers: JSON.parse(headers),
    modified,
  };
}
