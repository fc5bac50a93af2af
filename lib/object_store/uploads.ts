import { Buffer } from "node:buffer";
import { type Bucket, type Catalog, type Content, type Made, STEP } from "./catalog.ts";

/** An upload in parts, under way. */
export interface Upload {
  id: string;
  key: string;
  headers: Record<string, string>;
  created: number;
}

/** A part of an upload. */
export interface Part extends Content {
  holder: number;
  number: number;
  modified: number;
}

interface UploadRow extends Omit<Upload, "key" | "headers"> {
  key: Uint8Array;
  headers: string;
}

interface PartRow extends Omit<Part, "crc"> {
  crc: string;
}

/** The uploads in parts that the catalog knows. */
export class Uploads {
  readonly #catalog: Catalog;
  /** How many bytes the parts of an upload have: of 10,000, to add them up for each that comes would take long. */
  readonly #sizes = new Map<string, number>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  add(bucket: Bucket, key: string, headers: Record<string, string>): string {
    const id = crypto.randomUUID().replaceAll("-", "").toUpperCase();
    const now = Date.now();
    const values = [id, bucket.id, Buffer.from(key), JSON.stringify(headers), now, now];
    this.#catalog.database.run("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?)", ...values);
    return id;
  }

  /** The upload of that id, if it is for that key. */
  find(bucket: Bucket, key: string, id: string): Upload | undefined {
    const row = this.#catalog.database.get<UploadRow>(
      "SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
      id,
      bucket.id,
      Buffer.from(key),
    );
    return row && readUpload(row);
  }

  /** Uploads in the order of key and id: those after the upload `id` of the key `first`, or with no id from it on. */
  list(bucket: Bucket, first: Uint8Array, id: string, end: Uint8Array, limit: number): Upload[] {
    return this.#catalog.database.all<UploadRow>(
      "SELECT * FROM uploads WHERE bucket = ? AND (key, id) > (?, ?) AND key < ? ORDER BY key, id LIMIT ?",
      bucket.id,
      first,
      id,
      end,
      limit,
    ).map(readUpload);
  }

  /** How large an upload would be with a part of that size, in the place of the one of that number. */
  sizeWith(upload: Upload, number: number, size: number): number {
    const { database } = this.#catalog;
    const sizeWhere = (condition: string, ...values: number[]) => {
      const sql = `SELECT COALESCE(SUM(size), 0) AS size FROM parts WHERE upload = ?${condition}`;
      return database.get<{ size: number }>(sql, upload.id, ...values)!.size;
    };
    const all = this.#sizes.get(upload.id) ?? sizeWhere("");
    this.#sizes.set(upload.id, all);
    return all - sizeWhere(" AND number = ?", number) + size;
  }

  /** Adds a part, in the place of the one of that number. False where the upload is gone. */
  addPart(upload: Upload, number: number, content: Content, made: Made): boolean {
    const now = Date.now();
    const { database } = this.#catalog;
    const whole = this.sizeWith(upload, number, content.size);
    const isAdded = this.#catalog.change(() => {
      if (database.run("UPDATE uploads SET touched = ? WHERE id = ? AND bucket > 0", now, upload.id) === 0) {
        return false;
      }
      const [old] = database.all<PartRow>("SELECT * FROM parts WHERE upload = ? AND number = ?", upload.id, number);
      if (old !== undefined) this.#removeParts([old]);
      const { size, etag, crc } = content;
      const values = [this.#catalog.hold(made), upload.id, number, size, etag, String(crc), now];
      database.run("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", ...values);
      return true;
    });
    if (isAdded) this.#sizes.set(upload.id, whole);
    else this.#sizes.delete(upload.id);
    return isAdded;
  }

  /** Parts in order, those whose number is greater than `after`. */
  parts(upload: Upload, after: number, limit: number): Part[] {
    return this.#catalog.database.all<PartRow>(
      "SELECT * FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
      upload.id,
      after,
      limit,
    ).map((row) => ({ ...row, crc: BigInt(row.crc) }));
  }

  /** Ends an upload. A few of its parts go at once, and the rest is rubbish; returns how many those few are. */
  remove({ id }: Pick<Upload, "id">): number {
    this.#sizes.delete(id);
    return this.#catalog.change(() => {
      this.#catalog.database.run("UPDATE uploads SET bucket = 0 WHERE id = ?", id);
      const removed = this.#removeSome(id);
      if (removed === STEP) this.#catalog.onRubbish();
      return removed;
    });
  }

  /** Removes some of the uploads that nothing came for since `time`, until `limit` parts are gone; returns how many. */
  removeOlder(time: number, limit: number): number {
    const rows = this.#catalog.database.all<{ id: string }>(
      "SELECT id FROM uploads WHERE touched < ? AND bucket > 0 LIMIT ?",
      time,
      limit,
    );
    let removed = 0;
    for (let parts = 0; removed < rows.length && parts < limit; removed++) parts += this.remove(rows[removed]!);
    return removed;
  }

  /** Removes a little of an upload that has ended. False where there is none. */
  removeRubbish(): boolean {
    const ended = this.#catalog.database.get<{ id: string }>("SELECT id FROM uploads WHERE bucket = 0 LIMIT 1");
    if (ended !== undefined) this.#catalog.change(() => this.#removeSome(ended.id));
    return ended !== undefined;
  }

  /** Removes up to a step of parts of an upload that has ended, and after the last of them the upload; returns how many. */
  #removeSome(id: string): number {
    const { database } = this.#catalog;
    const parts = database.all<PartRow>("SELECT * FROM parts WHERE upload = ? LIMIT ?", id, STEP);
    this.#removeParts(parts);
    if (parts.length < STEP) database.run("DELETE FROM uploads WHERE id = ?", id);
    return parts.length;
  }

  #removeParts(parts: Pick<Part, "holder">[]): void {
    for (const { holder } of parts) {
      this.#catalog.release(holder);
      this.#catalog.database.run("DELETE FROM parts WHERE holder = ?", holder);
    }
  }
}

function readUpload(row: UploadRow): Upload {
  return { id: row.id, key: Buffer.from(row.key).toString(), headers: JSON.parse(row.headers), created: row.created };
}
