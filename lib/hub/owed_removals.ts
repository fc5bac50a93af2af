/** Letters that are removed, and still on the disk. */
export class OwedRemovals {
  /** By client and id: how many bytes they have. */
  readonly #boxes = new Map<string, Map<number, number>>();

  get empty(): boolean {
    return this.#boxes.size === 0;
  }

  has(clientId: string, id: number): boolean {
    return this.#boxes.get(clientId)?.has(id) ?? false;
  }

  add(clientId: string, id: number, bytes: number): void {
    const box = this.#boxes.get(clientId);
    if (box === undefined) this.#boxes.set(clientId, new Map([[id, bytes]]));
    else box.set(id, bytes);
  }

  clear(): void {
    this.#boxes.clear();
  }

  *[Symbol.iterator](): Generator<{ clientId: string; id: number; bytes: number }, void> {
    for (const [clientId, box] of this.#boxes) for (const [id, bytes] of box) yield { clientId, id, bytes };
  }
}
